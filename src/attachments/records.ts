import type { Attachment } from "../protocol/attachments.ts";
import { isImage } from "./images.ts";
import type { Received } from "./receive.ts";
import { mediaType } from "./upload-rules.ts";

/** The key of the preview of an image. */
export const previewKey = (attachmentId: string) => `${attachmentId}.preview`;

/** What is noted of a file before its bytes are known. */
export function recordOf(id: string, name: string, mimeType: string): Attachment {
  const base = { id, name, mime_type: mimeType };
  return isImage(mediaType(mimeType)) ? { ...base, type: "image", preview_url: `attachment:${id}/preview` } : { ...base, type: "file" };
}

/** The same with what its bytes have said. @param version tells this upload from others; later ones are greater */
export function uploadedRecord(record: Attachment, { type, size }: Received, version: string): Attachment {
  const { id, name, metadata, thread_id } = record;
  // As it was claimed, parameters included, unless the bytes have said more.
  const mimeType = mediaType(record.mime_type) === type ? record.mime_type : type;
  return { ...recordOf(id, name, mimeType), metadata: { ...metadata, size, version }, ...(thread_id !== undefined && { thread_id }) };
}

export async function* oneChunk(chunk: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield chunk;
}
