import type { ResponseStreamEvent as ModelEvent, RunStreamEvent } from "@openai/agents";
import type { ResponseOutputItem, ResponseStreamEvent } from "openai/resources/responses/responses";
import { chatChunk, isChatChunk } from "./chat-thoughts.ts";
import { noteIncomplete } from "./early-end.ts";
import { imageAdded, imageDone, partialImage } from "./images.ts";
import { annotationAdded, messageAdded, messageDone, messageWithdrawn, partAdded, textDelta, textDone, unfinished } from "./messages.ts";
import { plainDelta, plainDone } from "./plain-text.ts";
import { reasoningAdded, summaryDelta, summaryDone } from "./reasoning.ts";
import type { Aside } from "../models/dialect.ts";
import { NOTHING, type Events, type MaybeLater, type ResponseState } from "./state.ts";
import { runItem } from "./tool-calls.ts";

/** The chat's events for one event of the run. Calls the function of its family. */
export function foldRunEvent(state: ResponseState, event: RunStreamEvent): MaybeLater {
  switch (event.type) {
    case "raw_model_stream_event":
      return foldModelEvent(state, event.data);
    case "run_item_stream_event":
      return runItem(state, event);
    default:
      return NOTHING;
  }
}

type AdaptedDelta = Extract<ModelEvent, { type: "output_text_delta" }>;

function foldModelEvent(state: ResponseState, event: ModelEvent): MaybeLater {
  switch (event.type) {
    case "model":
      return foldResponsesEvent(state, event.event as ResponseStreamEvent);
    case "output_text_delta":
      return event.providerData?.["type"] === "response.output_text.delta" ? adaptedDelta(state, event) : plainDelta(state, event);
    case "response_started":
      state.isStreamed = false;
      state.isAdapted = false;
      state.incomplete = undefined;
      return NOTHING;
    case "response_done":
      state.responses++;
      return state.isStreamed ? unfinished(state, event.response.output) : plainDone(state, event);
    default:
      return NOTHING;
  }
}

/** The SDK's own event for a delta, which contains the model's. That follows as an event of its own, unless it is left out. */
function adaptedDelta(state: ResponseState, { delta, providerData }: AdaptedDelta): MaybeLater {
  const { item_id, content_index } = providerData as { item_id?: unknown; content_index?: unknown };
  if (typeof item_id !== "string" || typeof content_index !== "number") return NOTHING;
  state.isAdapted = true;
  return textDelta(state, { item_id, content_index, delta });
}

function foldResponsesEvent(state: ResponseState, event: ResponseStreamEvent): MaybeLater {
  switch (event.type) {
    case "response.output_text.delta":
      return state.isAdapted ? NOTHING : textDelta(state, event);
    case "response.output_text.done":
      return textDone(state, event);
    case "response.content_part.added":
      return partAdded(state, event);
    case "response.output_text.annotation.added":
      return annotationAdded(state, event);
    case "response.reasoning_summary_text.delta":
      return summaryDelta(state, event);
    case "response.reasoning_summary_text.done":
      return summaryDone(state, event);
    case "response.image_generation_call.partial_image":
      return partialImage(state, event);
    case "response.output_item.added":
      return itemAdded(state, event.item);
    case "response.output_item.done":
      return itemDone(state, event.item);
    case "response.incomplete":
      noteIncomplete(state, event.response.incomplete_details?.reason);
      return NOTHING;
    default:
      return foldOwn(state, event);
  }
}

type Withdrawn = { type: "response.output_text.withdrawn"; item_id: string; aside: Aside };

/** Events that are not of the Responses API. */
function foldOwn(state: ResponseState, event: object): Events {
  if (isChatChunk(event)) return chatChunk(state, event);
  const { type, item_id, aside } = event as Partial<Withdrawn>;
  if (type !== "response.output_text.withdrawn" || item_id === undefined) return NOTHING;
  return messageWithdrawn(state, item_id, aside?.withdrawn ?? "");
}

function itemAdded(state: ResponseState, item: ResponseOutputItem): MaybeLater {
  switch (item.type) {
    case "message":
      return messageAdded(state, item);
    case "reasoning":
      return reasoningAdded(state);
    case "image_generation_call":
      return imageAdded(state, item);
    default:
      return NOTHING;
  }
}

function itemDone(state: ResponseState, item: ResponseOutputItem): MaybeLater {
  switch (item.type) {
    case "message":
      return messageDone(state, item);
    case "image_generation_call":
      return imageDone(state, item);
    default:
      return NOTHING;
  }
}
