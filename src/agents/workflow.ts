import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { WorkflowItem } from "../protocol/items.ts";
import { now } from "../protocol/timestamp.ts";
import type { Task, Workflow, WorkflowSummary } from "../protocol/workflows.ts";

/** Changes of a workflow. Each makes a new item, so that events streamed before stay as they were. */

type Owner = { thread: { id: string }; generateId(type: "workflow"): string };
type Step = { item: WorkflowItem; event: ThreadStreamEvent };

export function openWorkflow(owner: Owner, workflow: Workflow): WorkflowItem {
  return { id: owner.generateId("workflow"), thread_id: owner.thread.id, created_at: now(), type: "workflow", workflow };
}

/** Adds a task. The first task of a custom workflow is what makes it appear. */
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

/** The default summary is the duration in whole seconds. */
export function endedWorkflow(before: WorkflowItem, summary?: WorkflowSummary, expanded = false): WorkflowItem {
  const duration = Math.max(0, Math.floor((Date.now() - Date.parse(before.created_at)) / 1000));
  return { ...before, workflow: { ...before.workflow, summary: summary ?? before.workflow.summary ?? { duration }, expanded } };
}

/** Takes the open workflow from a chat. The event that ends it; none when none is open. */
export function endOpenWorkflow(chat: { workflowItem?: WorkflowItem | undefined }): ThreadStreamEvent[] {
  const open = chat.workflowItem;
  if (!open) return [];
  chat.workflowItem = undefined;
  return [{ type: "thread.item.done", item: endedWorkflow(open) }];
}

type Update = Extract<ThreadStreamEvent, { type: "thread.item.updated" }>["update"];

function updated(item: WorkflowItem, update: Update): ThreadStreamEvent {
  return { type: "thread.item.updated", item_id: item.id, update };
}
