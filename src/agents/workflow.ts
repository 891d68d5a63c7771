import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { WorkflowItem } from "../protocol/items.ts";
import { now } from "../protocol/timestamp.ts";
import type { Task, Workflow, WorkflowSummary } from "../protocol/workflows.ts";

/** Workflows as they change: each step makes a new item, so that an event already streamed stays as it was. */

type Owner = { thread: { id: string }; generateId(type: "workflow"): string };
type Step = { item: WorkflowItem; event: ThreadStreamEvent };

export function openWorkflow(owner: Owner, workflow: Workflow): WorkflowItem {
  return { id: owner.generateId("workflow"), thread_id: owner.thread.id, created_at: now(), type: "workflow", workflow };
}

/** One task more. A custom workflow is announced with its first task. */
export function withTask(before: WorkflowItem, task: Task): Step {
  const tasks = [...before.workflow.tasks, task];
  const item = { ...before, workflow: { ...before.workflow, tasks } };
  if (tasks.length === 1 && item.workflow.type !== "reasoning") return { item, event: { type: "thread.item.added", item } };
  return { item, event: updated(item, { type: "workflow.task.added", task_index: tasks.length - 1, task }) };
}

/** @throws Error when there is no task at `index` */
export function withTaskAt(before: WorkflowItem, task: Task, index: number): Step {
  if (!(index in before.workflow.tasks)) throw new Error(`The workflow has no task ${index}.`);
  const item = { ...before, workflow: { ...before.workflow, tasks: before.workflow.tasks.with(index, task) } };
  return { item, event: updated(item, { type: "workflow.task.updated", task_index: index, task }) };
}

/** Without a summary of its own a workflow is summed up by the whole seconds it took. */
export function endedWorkflow(before: WorkflowItem, summary?: WorkflowSummary, expanded = false): WorkflowItem {
  const duration = Math.max(0, Math.floor((Date.now() - Date.parse(before.created_at)) / 1000));
  return { ...before, workflow: { ...before.workflow, summary: summary ?? before.workflow.summary ?? { duration }, expanded } };
}

type Update = Extract<ThreadStreamEvent, { type: "thread.item.updated" }>["update"];

function updated(item: WorkflowItem, update: Update): ThreadStreamEvent {
  return { type: "thread.item.updated", item_id: item.id, update };
}
