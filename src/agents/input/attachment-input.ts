import type { Attachment } from "../../protocol/attachments.ts";
import { NotFoundError } from "../../errors.ts";
import { textPart, type ItemContext, type UserInputPart } from "./input-items.ts";

/** The image types that models accept. */
const IMAGE_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** Types of text that do not begin with `text/`. */
const TEXT_TYPES = new Set(["application/json", "application/xml", "application/yaml", "application/javascript"]);

/**
 * An attachment as model input: an image, or a PDF or text as a file. For any other type, and without an attachment store, only the
 * name and type are given, so that the model knows of it.
 */
export async function attachmentInput(attachment: Attachment, context: ItemContext | undefined): Promise<UserInputPart> {
  const mimeType = attachment.mime_type.split(";")[0]!.trim().toLowerCase();
  const isImage = IMAGE_TYPES.has(mimeType);
  const isFile = mimeType === "application/pdf" || mimeType.startsWith("text/") || TEXT_TYPES.has(mimeType);
  const store = context?.attachmentStore;
  if (!store || (!isImage && !isFile)) return named(attachment);
  try {
    const { data } = await store.read(attachment.id, context.requestContext);
    const url = `data:${mimeType};base64,${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")}`;
    return isImage ? { type: "input_image", image: url, detail: "auto" } : { type: "input_file", file: url, filename: attachment.name };
  } catch (error) {
    // It was never uploaded completely, or has been deleted.
    if (error instanceof NotFoundError) return named(attachment);
    throw error;
  }
}

function named(attachment: Attachment): UserInputPart {
  return textPart(`[attachment ${attachment.name} ${attachment.mime_type}]`);
}
