import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { reasoningAdded, summaryDelta, summaryDone } from "./reasoning.ts";
import { NOTHING, type Events, type ResponseState } from "./state.ts";

/** A chunk of a chat completion, as far as it thinks: servers that show thoughts put them beside the text. */
type Chunk = { object: "chat.completion.chunk"; choices?: { delta?: { reasoning_content?: unknown; reasoning?: unknown } }[] };

export function isChatChunk(event: ResponseStreamEvent | Chunk): event is Chunk {
  return "object" in event && event.object === "chat.completion.chunk";
}

/** Thoughts as summaries are shown; of raw ones (`reasoning`) only that they are thought, as of the Responses API's. */
export function chatThought(state: ResponseState, chunk: Chunk): Events {
  const { reasoning_content: thought, reasoning: raw } = chunk.choices?.[0]?.delta ?? {};
  if (isText(thought)) {
    const at = (state.chatThought ??= { item_id: `chat_${state.responses}`, summary_index: 0, text: "" });
    at.text += thought;
    return [...reasoningAdded(state), ...summaryDelta(state, { ...at, delta: thought })];
  }
  return isText(raw) ? reasoningAdded(state) : NOTHING;
}

/** Nothing says that a thought is over but what follows it. */
export function chatThoughtDone(state: ResponseState): Events {
  const { chatThought: at } = state;
  if (!at) return NOTHING;
  state.chatThought = undefined;
  return summaryDone(state, at);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
