import type { AgentOutputItem, RunStreamEvent } from "@openai/agents";

/**
 * Whether a whole response of the model has nothing to say and nothing to do: no output at all, thoughts only, or a message
 * without a text. The SDK asks the model again then, until the turns of the run are used up; an answer ends here instead.
 */
export function saysNothing(event: RunStreamEvent): boolean {
  if (event.type !== "raw_model_stream_event" || event.data.type !== "response_done") return false;
  return event.data.response.output.every(isSilent);
}

function isSilent(item: AgentOutputItem): boolean {
  if (item.type === "reasoning") return true;
  // A message with a text ends the run by itself, be it empty; a refusal is an error of its own.
  const isMessage = item.type === "message" && item.role === "assistant";
  return isMessage && item.content.every((part) => part.type !== "output_text" && part.type !== "refusal");
}
