import type { ResponseOutputMessage, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { AssistantMessageContent } from "../../protocol/items.ts";
import type { Annotation } from "../../protocol/sources.ts";
import { endOpenWorkflow } from "../workflow.ts";
import { toAnnotation } from "./citations.ts";
import { reasoningAdded, summaryDone } from "./reasoning.ts";
import { itemBase, NOTHING, type Events, type MaybeLater, type OpenMessage, type ResponseState } from "./state.ts";

type Event<T extends ResponseStreamEvent["type"]> = Extract<ResponseStreamEvent, { type: T }>;
/** A part of a message as models send it. Servers that only resemble the API leave fields out. */
export type ModelPart = { type: string; text?: string; refusal?: string; annotations?: unknown[] };

/**
 * Makes an id of our own for a message. The model's id cannot be used: some servers give all items the same id, a fake one, or one that
 * they repeat in later turns, where it would overwrite an earlier item. An id of ours is unique and ordered by time. Within the run, the
 * model's id is used to find the message.
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

/** The events with which a message appears. The workflow shown before it has ended. */
export function opened(state: ResponseState, message: OpenMessage, content: AssistantMessageContent[]): Events {
  const added: ThreadStreamEvent = {
    type: "thread.item.added",
    item: { ...itemBase(state, message.id), type: "assistant_message", content },
  };
  return state.shown.holdsMessages ? [added] : [...endOpenWorkflow(state.context), added];
}

export function messageDone(state: ResponseState, item: ResponseOutputMessage): MaybeLater {
  state.isStreamed = true;
  const message = state.messages.get(item.id) ?? mintMessage(state);
  // Removed, since a later message may have the same id.
  state.messages.delete(item.id);
  const content = partsOf(state, item.content ?? []);
  if (content instanceof Promise) return content.then((parts) => [closed(state, message, parts)]);
  return [closed(state, message, content)];
}

/** The text that was shown as the message turned out to be a thought. */
export function messageWithdrawn(state: ResponseState, itemId: string, thought: string): Events {
  const message = state.messages.get(itemId);
  state.messages.delete(itemId);
  const removed: Events = message ? [{ type: "thread.item.removed", item_id: message.id }] : [];
  return [...removed, ...reasoningAdded(state), ...summaryDone(state, { item_id: `${itemId}_thought`, summary_index: 0, text: thought })];
}

/** Ends messages at the end of the response, for servers that do not end them before. */
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

/** The index counts only citations that were not dropped by the converter. */
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

/** An update of a message, which is announced first if the server has not done so. */
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

/** Remembers what was streamed of a message, in case its end never comes. */
function record(message: OpenMessage, update: Update): void {
  if (!("content_index" in update)) return;
  const part = (message.parts[update.content_index] ??= { pieces: [], annotations: [] });
  if (update.type === "assistant_message.content_part.text_delta") part.pieces.push(update.delta);
  else if (update.type === "assistant_message.content_part.annotation_added") part.annotations.push(update.annotation as Annotation);
  else if (update.content.text) part.pieces = [update.content.text];
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
