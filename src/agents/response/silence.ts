import type { AgentOutputItem, RunStreamEvent } from "@openai/agents";

/**
 * Whether a whole response of the model has neither text nor tool calls: no output at all, only thoughts or images, or a message without text. The
 * SDK would ask the model again, until the run is out of turns; here the answer ends instead.
 */
export function saysNothing(event: RunStreamEvent): boolean {
  if (event.type !== "raw_model_stream_event" || event.data.type !== "response_done") return false;
  return event.data.response.output.every(isSilent);
}

function isSilent(item: AgentOutputItem): boolean {
  if (item.type === "reasoning") return true;
  // An image may be the whole answer: asked again, the model would make another one.
  if (item.type === "hosted_tool_call" && item.name === "image_generation_call") return true;
  // A message with a text, even an empty one, ends the run anyway; a refusal is an error of the SDK.
  const isMessage = item.type === "message" && item.role === "assistant";
  return isMessage && item.content.every((part) => part.type !== "output_text" && part.type !== "refusal");
}
