import type { Chunk } from "../models/chat/answer.ts";
import { textOf } from "../models/text-of.ts";
import { noteIncomplete } from "./early-end.ts";
import { reasoningAdded, summaryDelta, summaryDone } from "./reasoning.ts";
import { NOTHING, type Events, type ResponseState } from "./state.ts";

export function isChatChunk(event: object): event is Chunk {
  return "object" in event && event.object === "chat.completion.chunk";
}

/** The events for what a chat completion's chunk has beside text: thoughts, under one of two names, and our own `aside`. */
export function chatChunk(state: ResponseState, { choices, aside }: Chunk): Events {
  const choice = choices?.[0];
  noteIncomplete(state, aside?.incomplete ?? choice?.finish_reason);
  if (aside?.withdrawn !== undefined) return withdrawn(state, aside.withdrawn);
  const thought = textOf(choice?.delta?.["reasoning_content"] ?? choice?.delta?.["reasoning"]);
  return thought === "" ? NOTHING : chatThought(state, thought);
}

function chatThought(state: ResponseState, thought: string): Events {
  const at = (state.chatThought ??= { item_id: `chat_${state.responses}`, summary_index: 0, text: "" });
  at.text += thought;
  return [...reasoningAdded(state), ...summaryDelta(state, { ...at, delta: thought })];
}

/** Ends the open thought, when something else follows: no event of the model says that it is over. */
export function chatThoughtDone(state: ResponseState): Events {
  const { chatThought: at } = state;
  if (!at) return NOTHING;
  state.chatThought = undefined;
  return summaryDone(state, at);
}

/** The text that was shown as the message turned out to be a thought. */
function withdrawn(state: ResponseState, thought: string): Events {
  const open = state.plain.pop();
  const before: Events = open ? [{ type: "thread.item.removed", item_id: open.message.id }] : [];
  return [...before, ...chatThought(state, thought), ...chatThoughtDone(state)];
}
