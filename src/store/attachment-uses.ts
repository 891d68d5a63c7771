import type { ThreadItem } from "../protocol/items.ts";

/**
 * Stands for an attachment in a URL that is stored: `attachment:ID`, its preview `attachment:ID/preview`, and with a `#…` that changes
 * when the bytes do. It is replaced by a signed URL whenever an item is sent.
 */
const STORED_URL = /^attachment:([A-Za-z0-9_-]{1,100})(\/preview)?(?:#([0-9a-z]*))?$/;

export function storedUrl(url: string): { attachmentId: string; purpose: "file" | "preview"; version: string | undefined } | undefined {
  const [, attachmentId, preview, version] = STORED_URL.exec(url) ?? [];
  return attachmentId === undefined ? undefined : { attachmentId, purpose: preview ? "preview" : "file", version };
}

/** The ids of the attachments that an item names. */
export function attachmentsNamedBy(item: ThreadItem): string[] {
  if (item.type === "user_message") return [...new Set(item.attachments.map(({ id }) => id))];
  const image = item.type === "generated_image" && item.image ? storedUrl(item.image.url) : undefined;
  return image ? [image.attachmentId] : [];
}
