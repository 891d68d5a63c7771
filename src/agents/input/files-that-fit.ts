import type { Attachment } from "../../protocol/attachments.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { storedUrl } from "../../store/attachment-uses.ts";

/** What all files of a request may have. In base64 that is 43 MB; OpenAI takes 50. */
const MAX_FILE_BYTES = 32 * 1024 ** 2;
/** Of an image that was generated, whose item does not say its size. */
const IMAGE_BYTES = 2 * 1024 ** 2;

/** Tells which files go with a request, by id: the newest ones, as many as there is room for. The older ones are only named. */
export function roomFor(items: readonly ThreadItem[]): (attachmentId: string) => boolean {
  const fitting = new Set<string>();
  let left = MAX_FILE_BYTES;
  for (const item of items.toReversed()) {
    for (const { id, size } of filesOf(item)) {
      if (fitting.has(id)) continue;
      left -= size;
      if (left < 0) return (asked) => fitting.has(asked);
      fitting.add(id);
    }
  }
  return () => true;
}

function filesOf(item: ThreadItem): { id: string; size: number }[] {
  if (item.type === "user_message") return item.attachments.map((attachment) => ({ id: attachment.id, size: sizeOf(attachment) }));
  const image = item.type === "generated_image" && item.image ? storedUrl(item.image.url) : undefined;
  return image ? [{ id: image.attachmentId, size: IMAGE_BYTES }] : [];
}

/** A store of somebody's own may not say it. */
function sizeOf({ metadata }: Attachment): number {
  const size = metadata?.["size"];
  return typeof size === "number" ? size : 0;
}
