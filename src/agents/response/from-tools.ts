import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { WorkflowItem } from "../../protocol/items.ts";
import { now } from "../../protocol/timestamp.ts";
import { endWorkflow, NOTHING, type Events, type ResponseState } from "./state.ts";

/** Items that do not push an open workflow aside: what the person never sees, and the call that the workflow goes on after. */
const UNSEEN = new Set(["client_tool_call", "hidden_context_item", "sdk_hidden_context"]);

/** What a tool, hook or guardrail streamed through its AgentContext. */
export function fromTools(state: ResponseState, event: ThreadStreamEvent): Events {
  if (event.type !== "thread.item.added" && event.type !== "thread.item.done") return [event];
  const { context } = state;
  const id = event.item.id ?? context.generateId(event.item.type === "client_tool_call" ? "tool_call" : event.item.type);
  const item = { ...event.item, id, thread_id: context.thread.id, created_at: event.item.created_at ?? now() };
  const open = context.workflowItem;
  const ending = open && open.id !== id && !UNSEEN.has(item.type) ? endWorkflow(state) : NOTHING;
  // A workflow of the tool's own making is the open one from here on, as if startWorkflow had been called.
  if (event.type === "thread.item.added" && item.type === "workflow" && open?.id !== id) context.workflowItem = item as WorkflowItem;
  state.produced.add(id);
  return [...ending, { type: event.type, item }];
}
