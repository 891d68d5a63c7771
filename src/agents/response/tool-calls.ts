import type { RunItemStreamEvent } from "@openai/agents";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import { KEPT, keptOf } from "../models/kept-call.ts";
import { imagesOfTool } from "./images.ts";
import { itemBase, NOTHING, type MaybeLater, type ResponseState } from "./state.ts";

/** Shows the images that a tool returns. Remembers function calls, in case the page has to answer one; they are not shown here. */
export function runItem(state: ResponseState, event: RunItemStreamEvent): MaybeLater {
  const call = event.item.rawItem;
  if (event.name === "tool_output" && call?.type === "function_call_result") return imagesOfTool(state, call.callId, call.output);
  if (event.name !== "tool_called" || call?.type !== "function_call") return NOTHING;
  const itemId = state.context.generateId("tool_call");
  state.produced.add(itemId);
  state.toolCalls.push({ itemId, callId: call.callId, name: call.name, kept: keptOf(call) });
  return NOTHING;
}

/** The pending item for the call that the page has to answer, with the model's id of that call. */
export function clientToolCall(state: ResponseState): ThreadStreamEvent | undefined {
  const { context, toolCalls } = state;
  const asked = context.clientToolCall;
  if (!asked) return undefined;
  const made =
    toolCalls.findLast((call) => call.callId === asked.callId) ??
    toolCalls.findLast((call) => call.name === asked.name) ??
    toolCalls.at(-1);
  return {
    type: "thread.item.done",
    item: {
      ...itemBase(state, made?.itemId ?? context.generateId("tool_call")),
      type: "client_tool_call",
      status: "pending",
      call_id: asked.callId || made?.callId || context.generateId("tool_call"),
      name: asked.name,
      arguments: asked.arguments,
      ...(made?.kept && { metadata: { [KEPT]: made.kept } }),
    },
  };
}
