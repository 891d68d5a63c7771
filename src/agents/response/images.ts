import type { ResponseOutputItem, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { GeneratedImageItem } from "../../protocol/items.ts";
import { fromTools } from "./from-tools.ts";
import { itemBase, NOTHING, type Events, type MaybeLater, type ResponseState } from "./state.ts";

type PartialImage = Extract<ResponseStreamEvent, { type: "response.image_generation_call.partial_image" }>;
type ImageCall = ResponseOutputItem.ImageGenerationCall;

export function imageAdded(state: ResponseState, call: ImageCall): Events {
  const item = newImage(state);
  state.images.set(call.id, item);
  return [{ type: "thread.item.added", item }];
}

export async function partialImage(state: ResponseState, event: PartialImage): Promise<Events> {
  const item = state.images.get(event.item_id);
  if (!item) return NOTHING;
  const keep = keeperOf(state, item);
  const url = await state.converter.base64ImageToUrl(event.item_id, event.partial_image_b64, event.partial_image_index, keep);
  const progress = state.converter.partialImageIndexToProgress(event.partial_image_index);
  const image = { id: event.item_id, url };
  return [{ type: "thread.item.updated", item_id: item.id, update: { type: "generated_image.updated", image, progress } }];
}

/** When a call ends without an image its item is not ended, and so is not stored. */
export async function imageDone(state: ResponseState, call: ImageCall): Promise<Events> {
  const item = state.images.get(call.id);
  if (!item || !call.result) return NOTHING;
  state.images.delete(call.id);
  const url = await state.converter.base64ImageToUrl(call.id, call.result, undefined, keeperOf(state, item));
  return [{ type: "thread.item.done", item: { ...item, image: { id: call.id, url } } }];
}

/** The images in what a function tool has returned. Where there is no place for files, only the model gets them. */
export function imagesOfTool(state: ResponseState, callId: string, output: unknown): MaybeLater {
  if (!state.context.attachmentStore?.saveImage || !Array.isArray(output)) return NOTHING;
  const images = output.map(base64In).filter((base64) => base64 !== undefined);
  return images.length === 0 ? NOTHING : shownImages(state, callId, images);
}

async function shownImages(state: ResponseState, callId: string, images: string[]): Promise<Events> {
  const events: Events = [];
  for (const base64 of images) {
    const item = newImage(state);
    const url = await state.converter.base64ImageToUrl(callId, base64, undefined, keeperOf(state, item));
    events.push(...fromTools(state, { type: "thread.item.done", item: { ...item, image: { id: callId, url } } }));
  }
  return events;
}

function newImage(state: ResponseState): GeneratedImageItem {
  return { ...itemBase(state, state.context.generateId("message")), type: "generated_image" };
}

/** What stores the image of an item as an attachment, each time in the place of the one before. */
function keeperOf({ context }: ResponseState, { id }: GeneratedImageItem): ((data: Uint8Array) => Promise<string>) | undefined {
  const { attachmentStore, requestContext } = context;
  return attachmentStore?.saveImage && ((data) => attachmentStore.saveImage!({ id, data }, requestContext));
}

function base64In(part: unknown): string | undefined {
  const { type, image } = (part ?? {}) as { type?: unknown; image?: unknown };
  if (type !== "input_image" || typeof image !== "string") return undefined;
  return /^data:image\/[\w.+-]+;base64,(.*)$/s.exec(image)?.[1];
}
