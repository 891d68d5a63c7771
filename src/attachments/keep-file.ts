import { createHash } from "node:crypto";
import { ChatKitError } from "../errors.ts";
import type { Attachment } from "../protocol/attachments.ts";
import type { ByteStore, StoredBytes } from "./byte-store.ts";
import { dimensionsOf, isImage } from "./images.ts";
import { HEAD_BYTES, realType } from "./real-type.ts";
import { previewKey, recordOf, uploadedRecord } from "./records.ts";
import { isMediaType, mediaType } from "./upload-rules.ts";

/** An id that can be a key of bytes, and is not taken for one of a preview. */
const PLAIN = /^[\w-]{8,120}$/;
const UNKNOWN = "application/octet-stream";

/**
 * Keeps what another server had of an attachment: the file, or a picture of it. The rules for uploads do not count, since it has been
 * sent already, but that it is what it is said to be does.
 * @param version tells these bytes from others
 * @returns its record from now on; undefined when the bytes are neither a picture nor of the type that they are said to be
 * @throws ChatKitError storage_full, storage_unavailable
 */
export async function keepFile(bytes: ByteStore, userId: string, given: Attachment, file: StoredBytes, version: string): Promise<Attachment | undefined> {
  const claimed = isMediaType(given.mime_type) ? mediaType(given.mime_type) : UNKNOWN;
  const type = file.size === 0 ? undefined : await typeOf(file, claimed);
  if (type === undefined) return undefined;
  const id = PLAIN.test(given.id) ? given.id : `atc_${createHash("sha256").update(`${userId}\0${given.id}`).digest("hex").slice(0, 32)}`;
  await bytes.write(id, new Response(file.part(0, file.size)).body!);
  await bytes.delete(previewKey(id));
  const record = { ...recordOf(id, nameOf(given, claimed, type), type), ...(given.thread_id !== undefined && { thread_id: given.thread_id }) };
  return uploadedRecord(record, { type, size: file.size }, version);
}

/** A picture is what its bytes say, which may be of another format than what it shows; of all others the claim has to be true. */
async function typeOf(file: StoredBytes, claimed: string): Promise<string | undefined> {
  const head = new Uint8Array(await new Response(file.part(0, Math.min(file.size, HEAD_BYTES))).arrayBuffer());
  try {
    const found = await realType(head, UNKNOWN);
    if (!isImage(found)) return await realType(head, claimed);
    await dimensionsOf(file, found);
    return found;
  } catch (error) {
    if (error instanceof ChatKitError && error.status < 500) return undefined;
    throw error;
  }
}

/** The picture of a document has the document's name with the ending of a picture, since it is not the document. */
function nameOf({ name }: Attachment, claimed: string, type: string): string {
  return isImage(type) && !isImage(claimed) && claimed !== UNKNOWN ? `${name}.${type.slice("image/".length)}` : name;
}
