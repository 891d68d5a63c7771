import type { ResponseStreamEvent } from "@openai/agents";
import type { AssistantMessageContent } from "../../protocol/items.ts";
import { chatThoughtDone } from "./chat-thoughts.ts";
import { closed, mintMessage, opened, partsOf, type ModelPart } from "./messages.ts";
import { NOTHING, type Events, type MaybeLater, type ResponseState } from "./state.ts";

type TextDelta = Extract<ResponseStreamEvent, { type: "output_text_delta" }>;
type ResponseDone = Extract<ResponseStreamEvent, { type: "response_done" }>;
type OutputMessage = { type: "message"; id?: string; content: ModelPart[] };

/**
 * For models without Responses events, such as chat completions, which stream only text and give the rest at the end. Some use one id
 * for everything, or none, so a new message begins only when the id changes within a response.
 */
export function plainDelta(state: ResponseState, event: TextDelta): Events {
  const current = state.plain.at(-1);
  const modelId = typeof event.itemId === "string" ? event.itemId : undefined;
  if (current && (modelId === undefined || modelId === current.modelId)) {
    current.text += event.delta;
    return [delta(current.message.id, event.delta)];
  }
  const message = mintMessage(state);
  const before = current ? [partDone(current), closed(state, current.message, [textPart(current.text)])] : NOTHING;
  if (current) current.closed = true;
  state.plain.push({ modelId, message, text: event.delta, closed: false });
  return [...before, ...chatThoughtDone(state), ...opened(state, message, []), partAdded(message.id), delta(message.id, event.delta)];
}

/** Ends the messages that were streamed, and shows those that were not: refusals, and answers of models that do not stream. */
export function plainDone(state: ResponseState, event: ResponseDone): MaybeLater {
  const streamed = state.plain;
  state.plain = [];
  const messages = (event.response.output as { type?: string }[]).filter((item) => item.type === "message") as OutputMessage[];
  const contents = messages.map((item) => partsOf(state, item.content.map(withAnnotations)));
  if (contents.some((content) => content instanceof Promise)) {
    return Promise.all(contents).then((parts) => ending(state, streamed, parts));
  }
  return ending(state, streamed, contents as AssistantMessageContent[][]);
}

function ending(state: ResponseState, streamed: ResponseState["plain"], contents: AssistantMessageContent[][]): Events {
  const events: Events = [...chatThoughtDone(state)];
  for (const [i, open] of streamed.entries()) {
    if (!open.closed) events.push(partDone(open), closed(state, open.message, contents[i] ?? [textPart(open.text)]));
  }
  for (const content of contents.slice(streamed.length)) {
    const message = mintMessage(state);
    events.push(...opened(state, message, []), closed(state, message, content));
  }
  return events;
}

/** The part with its citations, which the chat completions adapter keeps in `providerData`. */
function withAnnotations(part: ModelPart & { providerData?: { annotations?: unknown[] } }): ModelPart {
  const annotations = part.annotations ?? part.providerData?.annotations;
  return annotations ? { ...part, annotations } : part;
}

const textPart = (text: string): AssistantMessageContent => ({ type: "output_text", text, annotations: [] });

type Updated = Extract<Events[number], { type: "thread.item.updated" }>;

const partAdded = (id: string): Updated => ({
  type: "thread.item.updated",
  item_id: id,
  update: { type: "assistant_message.content_part.added", content_index: 0, content: textPart("") },
});
const delta = (id: string, text: string): Updated => ({
  type: "thread.item.updated",
  item_id: id,
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});
const partDone = (open: ResponseState["plain"][number]): Updated => ({
  type: "thread.item.updated",
  item_id: open.message.id,
  update: { type: "assistant_message.content_part.done", content_index: 0, content: textPart(open.text) },
});
