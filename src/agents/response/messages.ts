import type { ResponseOutputMessage, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { AssistantMessageContent } from "../../protocol/items.ts";
import type { Annotation } from "../../protocol/sources.ts";
import { toAnnotation } from "./citations.ts";
import { reasoningAdded, summaryDone } from "./reasoning.ts";
import { endWorkflow, itemBase, NOTHING, type Events, type MaybeLater, type OpenMessage, type ResponseState } from "./state.ts";

type Event<T extends ResponseStreamEvent["type"]> = Extract<ResponseStreamEvent, { type: T }>;
/** A part of a message as models send it; servers that only resemble the API leave fields out. */
export type ModelPart = { type: string; text?: string; refusal?: string; annotations?: unknown[] };

/**
 * An id of our own for each message. The model's would do where it is fresh, but some servers give one id to all items, fake
 * it, or repeat it in later turns, and whether an earlier turn of the thread used it only the store knows. An id of ours can
 * overwrite nothing, needs no look-up, and keeps the order of time in the index. The model's id is good for this run only.
 */
export function mintMessage(state: ResponseState): OpenMessage {
  return { id: state.context.generateId("message"), parts: [] };
}

export function messageAdded(state: ResponseState, item: ResponseOutputMessage): MaybeLater {
  state.isStreamed = true;
  const message = mintMessage(state);
  state.messages.set(item.id, message);
  const content = partsOf(state, item.content ?? []);
  if (content instanceof Promise) return content.then((parts) => opened(state, message, parts));
  return opened(state, message, content);
}

/** A message appears: what was shown as work in progress before it has ended. */
export function opened(state: ResponseState, message: OpenMessage, content: AssistantMessageContent[]): Events {
  const added: ThreadStreamEvent = {
    type: "thread.item.added",
    item: { ...itemBase(state, message.id), type: "assistant_message", content },
  };
  return [...endWorkflow(state), added];
}

export function messageDone(state: ResponseState, item: ResponseOutputMessage): MaybeLater {
  state.isStreamed = true;
  const message = state.messages.get(item.id) ?? mintMessage(state);
  // Forgotten now: the same id in a later message is another message.
  state.messages.delete(item.id);
  const content = partsOf(state, item.content ?? []);
  if (content instanceof Promise) return content.then((parts) => [closed(state, message, parts)]);
  return [closed(state, message, content)];
}

/** What was shown as the message was a thought. */
export function messageWithdrawn(state: ResponseState, itemId: string, thought: string): Events {
  const message = state.messages.get(itemId);
  state.messages.delete(itemId);
  const removed: Events = message ? [{ type: "thread.item.removed", item_id: message.id }] : [];
  return [...removed, ...reasoningAdded(state), ...summaryDone(state, { item_id: `${itemId}_thought`, summary_index: 0, text: thought })];
}

/** Some servers announce the end of a message only with the whole response. */
export function unfinished(state: ResponseState, output: readonly { type?: string | undefined; id?: string | undefined }[]): MaybeLater {
  if (state.messages.size === 0) return NOTHING;
  const late = output.filter((item) => item.type === "message" && state.messages.has(item.id ?? "")) as ResponseOutputMessage[];
  return Promise.all(late.map((item) => messageDone(state, item))).then((events) => events.flat());
}

export function closed(state: ResponseState, message: OpenMessage, content: AssistantMessageContent[]): ThreadStreamEvent {
  return { type: "thread.item.done", item: { ...itemBase(state, message.id), type: "assistant_message", content } };
}

export function partAdded(state: ResponseState, event: Event<"response.content_part.added">): MaybeLater {
  if (event.part.type === "reasoning_text") return NOTHING;
  const content = partOf(state, event.part);
  const index = event.content_index;
  const events = (part: AssistantMessageContent) =>
    inMessage(state, event.item_id, { type: "assistant_message.content_part.added", content_index: index, content: part });
  return content instanceof Promise ? content.then(events) : events(content);
}

export function textDelta(
  state: ResponseState,
  event: Pick<Event<"response.output_text.delta">, "item_id" | "content_index" | "delta">,
): Events {
  return inMessage(state, event.item_id, {
    type: "assistant_message.content_part.text_delta",
    content_index: event.content_index,
    delta: event.delta,
  });
}

export function textDone(state: ResponseState, event: Event<"response.output_text.done">): Events {
  return inMessage(state, event.item_id, {
    type: "assistant_message.content_part.done",
    content_index: event.content_index,
    content: { type: "output_text", text: event.text, annotations: [] },
  });
}

/** The index counts those that convert, so that a dropped citation leaves no gap. */
export async function annotationAdded(state: ResponseState, event: Event<"response.output_text.annotation.added">): Promise<Events> {
  const annotation = await toAnnotation(state.converter, event.annotation);
  if (!annotation) return NOTHING;
  const index = state.messages.get(event.item_id)?.parts[event.content_index]?.annotations.length ?? 0;
  return inMessage(state, event.item_id, {
    type: "assistant_message.content_part.annotation_added",
    content_index: event.content_index,
    annotation_index: index,
    annotation,
  });
}

type Update = Extract<ThreadStreamEvent, { type: "thread.item.updated" }>["update"];

/** The update, addressed to the message; one that was never announced is announced first. */
function inMessage(state: ResponseState, modelId: string, update: Update): Events {
  const known = state.messages.get(modelId);
  if (known) {
    record(known, update);
    return [{ type: "thread.item.updated", item_id: known.id, update }];
  }
  state.isStreamed = true;
  const message = mintMessage(state);
  state.messages.set(modelId, message);
  record(message, update);
  return [...opened(state, message, []), { type: "thread.item.updated", item_id: message.id, update }];
}

/** What has been said is remembered, in case that was all. */
function record(message: OpenMessage, update: Update): void {
  if (!("content_index" in update)) return;
  const part = (message.parts[update.content_index] ??= { type: "output_text", text: "", annotations: [] });
  if (update.type === "assistant_message.content_part.text_delta") part.text += update.delta;
  else if (update.type === "assistant_message.content_part.annotation_added") part.annotations.push(update.annotation as Annotation);
  else if (update.content.text) part.text = update.content.text;
}

export function partsOf(state: ResponseState, parts: readonly ModelPart[]): AssistantMessageContent[] | Promise<AssistantMessageContent[]> {
  const converted = parts.map((part) => partOf(state, part));
  return converted.some((part) => part instanceof Promise) ? Promise.all(converted) : (converted as AssistantMessageContent[]);
}

function partOf(state: ResponseState, part: ModelPart): AssistantMessageContent | Promise<AssistantMessageContent> {
  const text = part.text ?? part.refusal ?? "";
  if (!part.annotations?.length) return { type: "output_text", text, annotations: [] };
  return Promise.all(part.annotations.map((annotation) => toAnnotation(state.converter, annotation))).then((annotations) => ({
    type: "output_text",
    text,
    annotations: annotations.filter((annotation): annotation is Annotation => annotation !== null),
  }));
}
