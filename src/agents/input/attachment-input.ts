import type { Attachment } from "../../protocol/attachments.ts";
import { NotFoundError } from "../../errors.ts";
import { textPart, type ItemContext, type UserInputPart } from "./input-items.ts";

/** The image types that models accept. */
export const IMAGE_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** Types of text that do not begin with `text/`. */
const TEXT_TYPES = new Set(["application/json", "application/xml", "application/yaml", "application/javascript"]);

/**
 * An attachment as model input: an image, or a PDF or text as a file. For any other type, and without an attachment store, only the
 * name and type are given, so that the model knows of it. The same for what does not fit into the request any more.
 */
export async function attachmentInput(attachment: Attachment, context: ItemContext | undefined): Promise<UserInputPart> {
  const mimeType = attachment.mime_type.split(";")[0]!.trim().toLowerCase();
  const isImage = IMAGE_TYPES.has(mimeType);
  const isFile = mimeType === "application/pdf" || mimeType.startsWith("text/") || TEXT_TYPES.has(mimeType);
  const store = context?.attachmentStore;
  if (!store || (!isImage && !isFile)) return named(attachment);
  try {
    const id = await store.modelFile?.(attachment, context.requestContext);
    if (id !== undefined) return isImage ? { type: "input_image", image: { id }, detail: "auto" } : { type: "input_file", file: { id } };
    if (context.fits?.(attachment.id) === false) return named(attachment);
    const { data } = await store.read(attachment.id, context.requestContext);
    const url = dataUrl(mimeType, data);
    return isImage ? { type: "input_image", image: url, detail: "auto" } : { type: "input_file", file: url, filename: attachment.name };
  } catch (error) {
    // It was never uploaded completely, or has been deleted.
    if (error instanceof NotFoundError) return named(attachment);
    throw error;
  }
}

/** An image that was generated before; undefined when it is gone or does not fit. */
export async function storedImageInput(attachmentId: string, context: ItemContext): Promise<UserInputPart | undefined> {
  if (context.fits?.(attachmentId) === false) return undefined;
  try {
    const stored = await context.attachmentStore?.read(attachmentId, context.requestContext);
    return stored && { type: "input_image", image: dataUrl(stored.mime_type, stored.data), detail: "auto" };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function dataUrl(mimeType: string, data: Uint8Array): string {
  return `data:${mimeType};base64,${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")}`;
}

function named(attachment: Attachment): UserInputPart {
  return textPart(`[attachment ${attachment.name} ${attachment.mime_type}]`);
}
