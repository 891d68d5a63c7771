import type { StreamedRunResult } from "@openai/agents";
import { endOpenWorkflow } from "../workflow.ts";
import { itemBase, NOTHING, type Events, type ResponseState } from "./state.ts";

type Result = StreamedRunResult<any, any>; // any: the developer's agent and its context may be of any type

/**
 * A message with the output of a run that ended without one: an agent may stop at the output of a tool. Nothing when a tool has shown
 * something itself.
 */
export function finalOutput(state: ResponseState, result: Result): Events {
  const { context, converter, shown } = state;
  if (shown.holdsMessages || state.isShownByTool || context.clientToolCall || result.newItems.at(-1)?.type !== "tool_call_output_item") return NOTHING;
  const output: unknown = result.finalOutput;
  const text = output === undefined || output === null ? null : converter.outputToText(output);
  if (text === null || text.trim() === "") return NOTHING;
  const item = itemBase(state, context.generateId("message"));
  const content = [{ type: "output_text" as const, text, annotations: [] }];
  return [...endOpenWorkflow(state.context), { type: "thread.item.done", item: { ...item, type: "assistant_message", content } }];
}
