import type { ResponseOutputItem, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { GeneratedImageItem } from "../../protocol/items.ts";
import { itemBase, NOTHING, type Events, type ResponseState } from "./state.ts";

type PartialImage = Extract<ResponseStreamEvent, { type: "response.image_generation_call.partial_image" }>;
type ImageCall = ResponseOutputItem.ImageGenerationCall;

export function imageAdded(state: ResponseState, call: ImageCall): Events {
  const item: GeneratedImageItem = { ...itemBase(state, state.context.generateId("message")), type: "generated_image" };
  state.images.set(call.id, item);
  return [{ type: "thread.item.added", item }];
}

export async function partialImage(state: ResponseState, event: PartialImage): Promise<Events> {
  const item = state.images.get(event.item_id);
  if (!item) return NOTHING;
  const url = await state.converter.base64ImageToUrl(event.item_id, event.partial_image_b64, event.partial_image_index);
  const progress = state.converter.partialImageIndexToProgress(event.partial_image_index);
  const image = { id: event.item_id, url };
  return [{ type: "thread.item.updated", item_id: item.id, update: { type: "generated_image.updated", image, progress } }];
}

/** When a call ends without an image its item is not ended, and so is not stored. */
export async function imageDone(state: ResponseState, call: ImageCall): Promise<Events> {
  const item = state.images.get(call.id);
  if (!item || !call.result) return NOTHING;
  state.images.delete(call.id);
  const url = await state.converter.base64ImageToUrl(call.id, call.result);
  return [{ type: "thread.item.done", item: { ...item, image: { id: call.id, url } } }];
}
