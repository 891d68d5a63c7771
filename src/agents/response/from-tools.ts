import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { WorkflowItem } from "../../protocol/items.ts";
import { now } from "../../protocol/timestamp.ts";
import { endOpenWorkflow } from "../workflow.ts";
import { NOTHING, type Events, type ResponseState } from "./state.ts";

/** Items that do not end an open workflow: hidden ones, and a client tool call, after whose answer the workflow goes on. */
const UNSEEN = new Set(["client_tool_call", "hidden_context_item", "sdk_hidden_context"]);

/** The events for an event that a tool, hook or guardrail has streamed through its AgentContext. */
export function fromTools(state: ResponseState, event: ThreadStreamEvent): Events {
  state.isShownByTool ||= isSeen(event);
  if (event.type !== "thread.item.added" && event.type !== "thread.item.done") return [event];
  const { context } = state;
  const id = event.item.id ?? context.generateId(event.item.type === "client_tool_call" ? "tool_call" : event.item.type);
  const item = { ...event.item, id, thread_id: context.thread.id, created_at: event.item.created_at ?? now() };
  const open = context.workflowItem;
  const ending = open && open.id !== id && !UNSEEN.has(item.type) ? endOpenWorkflow(state.context) : NOTHING;
  // A workflow that the tool has made itself becomes the open one, as if startWorkflow had been called.
  if (event.type === "thread.item.added" && item.type === "workflow" && open?.id !== id) context.workflowItem = item as WorkflowItem;
  state.produced.add(id);
  return [...ending, { type: event.type, item }];
}

/** Whether the person sees more than that something is being done. */
function isSeen(event: ThreadStreamEvent): boolean {
  if (event.type === "client_effect" || event.type === "notice") return true;
  if (event.type !== "thread.item.added" && event.type !== "thread.item.done") return false;
  return !UNSEEN.has(event.item.type) && event.item.type !== "workflow" && event.item.type !== "end_of_turn";
}
