import type { ThreadItem } from "../protocol/items.ts";

/**
 * Stands for an attachment in a URL that is stored: `attachment:ID`, its preview `attachment:ID/preview`, and with a `#…` that changes
 * when the bytes do. It is replaced by a signed URL whenever an item is sent.
 */
const REFERENCE = /^attachment:([A-Za-z0-9_-]{1,100})(?:\/preview)?(?:#[0-9a-z]*)?$/;

/** The id of the attachment that a stored URL stands for. */
export function attachmentIn(url: string): string | undefined {
  return REFERENCE.exec(url)?.[1];
}

/** The ids of the attachments that an item names. */
export function attachmentsNamedBy(item: ThreadItem): string[] {
  if (item.type === "user_message") return [...new Set(item.attachments.map(({ id }) => id))];
  const id = item.type === "generated_image" && item.image ? attachmentIn(item.image.url) : undefined;
  return id === undefined ? [] : [id];
}
