import type { Attachment } from "./attachments.ts";
import type { SentEvent } from "./events.ts";
import { isHidden, type ThreadItem } from "./items.ts";
import { MAX_PAGE_BYTES } from "./requests.ts";
import type { Page, Thread, ThreadMetadata } from "./thread.ts";
import type { ThreadItemUpdate } from "./updates.ts";

/**
 * From stored values to what a client gets. Items and threads have been parsed by the schemas, so no optional field is null; what is
 * left to do here is to take out what no client may see: hidden items, and the metadata of threads, attachments and client tool calls.
 */

/** Makes the URL that a client gets of one that is stored. */
export type Links = (url: string) => string;
const asStored: Links = (url) => url;

/** A thread as the client may see it. */
export function wireThread(thread: ThreadMetadata, items?: Page<ThreadItem>, links?: Links): Thread {
  const { id, title, created_at, status, allowed_image_domains } = thread;
  return { id, title, created_at, status, allowed_image_domains, metadata: {}, items: items ? wireItems(items, links) : { data: [], has_more: false } };
}

export function wireItems(page: Page<ThreadItem>, links?: Links): Page<ThreadItem> {
  return { data: page.data.filter((item) => !isHidden(item)).map((item) => wireItem(item, links)), has_more: page.has_more, after: page.after };
}

export function wireAttachment<A extends Attachment>(attachment: A, links: Links = asStored): A {
  if (attachment.type === "file") return { ...attachment, metadata: undefined };
  return { ...attachment, preview_url: links(attachment.preview_url), metadata: undefined };
}

export function wireItem<I extends ThreadItem>(item: I, links: Links = asStored): I {
  if (item.type === "user_message" && item.attachments.length > 0) return { ...item, attachments: item.attachments.map((one) => wireAttachment(one, links)) };
  if (item.type === "generated_image" && item.image) return { ...item, image: { ...item.image, url: links(item.image.url) } };
  if (item.type !== "client_tool_call") return item;
  // The output null is omitted like an absent field, as by the Python SDK.
  return { ...item, output: item.output ?? undefined, metadata: undefined };
}

/** An event as the JSON of its SSE frame; null when it must not be sent. */
export function serializeEvent(event: SentEvent, links?: Links): string | null {
  switch (event.type) {
    case "thread.item.added":
    case "thread.item.done":
    case "thread.item.replaced":
      return isHidden(event.item) ? null : JSON.stringify({ type: event.type, item: wireItem(event.item, links) });
    case "thread.created":
    case "thread.updated":
      return JSON.stringify({ type: event.type, thread: wireThread(event.thread, event.thread.items, links) });
    case "thread.item.updated":
      return JSON.stringify(links && event.update.type === "generated_image.updated" ? withLink(event, event.update, links) : event);
    default:
      return JSON.stringify(event);
  }
}

type ImageUpdate = Extract<ThreadItemUpdate, { type: "generated_image.updated" }>;

function withLink(event: SentEvent, update: ImageUpdate, links: Links): object {
  return { ...event, update: { ...update, image: { ...update.image, url: links(update.image.url) } } };
}

/** The answer of a plain operation as JSON. A page that is too large is shortened: a developer's own store may return one. */
export function serializeAnswer(answer: object): string {
  const json = JSON.stringify(answer);
  if (fits(json)) return json;
  if ("items" in answer) return JSON.stringify({ ...answer, items: shortened(answer.items as Page<{ id: string }>, answer) });
  return "has_more" in answer ? JSON.stringify(shortened(answer as Page<{ id: string }>)) : json;
}

// In UTF-8, each UTF-16 unit of a string takes at most three bytes.
const fits = (json: string) => json.length * 3 <= MAX_PAGE_BYTES || Buffer.byteLength(json) <= MAX_PAGE_BYTES;

/** The bytes of an answer beside its rows and the fields of its thread: brackets, `has_more`, the cursor. */
const AROUND_BYTES = 512;

function shortened<T extends { id: string }>(page: Page<T>, thread: object = {}): Page<T> {
  let left = MAX_PAGE_BYTES - AROUND_BYTES - Buffer.byteLength(JSON.stringify({ ...thread, items: undefined }));
  const surplus = page.data.findIndex((row) => (left -= Buffer.byteLength(JSON.stringify(row)) + 1) < 0);
  const data = surplus < 0 ? page.data : page.data.slice(0, Math.max(surplus, 1));
  return data.length === page.data.length ? page : { data, has_more: true, after: data.at(-1)?.id };
}
