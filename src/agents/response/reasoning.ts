import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { openWorkflow, withTask, withTaskAt } from "../workflow.ts";
import { NOTHING, type Events, type ResponseState } from "./state.ts";

type Event<T extends ResponseStreamEvent["type"]> = Extract<ResponseStreamEvent, { type: T }>;
type SummaryDelta = Pick<Event<"response.reasoning_summary_text.delta">, "item_id" | "summary_index" | "delta">;
type SummaryDone = Pick<Event<"response.reasoning_summary_text.done">, "item_id" | "summary_index" | "text">;

/** Reasoning is shown as a workflow. When one is open already, the thoughts become tasks of that one. */
export function reasoningAdded(state: ResponseState): Events {
  const { context } = state;
  if (context.workflowItem || state.shown.hidesThoughts) return NOTHING;
  const item = openWorkflow(context, { type: "reasoning", tasks: [], expanded: false });
  context.workflowItem = item;
  state.produced.add(item.id);
  return [{ type: "thread.item.added", item }];
}

/** The first thought of a new workflow is shown while it grows, later ones when they are complete. */
export function summaryDelta(state: ResponseState, event: SummaryDelta): Events {
  const { context, thought } = state;
  const open = context.workflowItem;
  if (!open || state.shown.hidesThoughts) return NOTHING;
  if (open.workflow.type === "reasoning" && open.workflow.tasks.length === 0) {
    state.thought = { itemId: event.item_id, part: event.summary_index, workflowId: open.id, task: 0, content: event.delta };
    return addThought(state, event.delta);
  }
  if (!thought || !isShown(thought, open.id, event)) return NOTHING;
  thought.content += event.delta;
  return updateThought(state, thought.task, thought.content);
}

export function summaryDone(state: ResponseState, event: SummaryDone): Events {
  const { context, thought } = state;
  const open = context.workflowItem;
  if (!open || state.shown.hidesThoughts) return NOTHING;
  if (!thought || !isShown(thought, open.id, event)) return addThought(state, event.text);
  state.thought = undefined;
  return updateThought(state, thought.task, event.text);
}

type Thought = NonNullable<ResponseState["thought"]>;

function isShown(thought: Thought, workflowId: string, event: { item_id: string; summary_index: number }): boolean {
  return thought.workflowId === workflowId && thought.itemId === event.item_id && thought.part === event.summary_index;
}

function addThought(state: ResponseState, content: string): Events {
  const { item, event } = withTask(state.context.workflowItem!, { type: "thought", status_indicator: "none", content });
  state.context.workflowItem = item;
  return [event];
}

function updateThought(state: ResponseState, index: number, content: string): Events {
  const { item, event } = withTaskAt(state.context.workflowItem!, { type: "thought", status_indicator: "none", content }, index);
  state.context.workflowItem = item;
  return [event];
}
