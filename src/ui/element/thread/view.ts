/**
 * A thread as it is shown, and how each event changes it. All of it is pure: a view is never changed, and nothing here asks the server
 * or touches the page.
 */
import { applyUpdate } from "../../../protocol/apply-update.ts";
import type { SentEvent } from "../../../protocol/events.ts";
import type { ThreadItem, UserMessageItem } from "../../../protocol/items.ts";
import type { Page, Thread } from "../../../protocol/thread.ts";

type Head = Omit<Thread, "items" | "metadata">;
export type Notice = { id: number; level: "info" | "warning" | "danger"; message: string; title?: string | undefined };
type Failure = { message?: string | undefined; canRetry: boolean };

export type ThreadView = {
  /** undefined for a thread that is not created yet. */
  head: Head | undefined;
  /** Oldest first. A message that the server has not confirmed has an id that begins with `local-`. */
  items: readonly ThreadItem[];
  /** The id to ask for older items with; undefined when all are here. */
  older: string | undefined;
  /** Ids of items that are still being written. */
  live: ReadonlySet<string>;
  progress: { text: string; icon?: string | undefined } | undefined;
  /** Item id → how far its picture is, from 0 to 1. */
  imageProgress: ReadonlyMap<string, number>;
  notices: readonly Notice[];
  failure: Failure | undefined;
  /** Whether the answer that is running may be stopped. */
  canStop: boolean;
};

const NOTHING_LIVE: ReadonlySet<string> = new Set();

export const EMPTY_VIEW: ThreadView = {
  head: undefined,
  items: [],
  older: undefined,
  live: NOTHING_LIVE,
  progress: undefined,
  imageProgress: new Map(),
  notices: [],
  failure: undefined,
  canStop: true,
};

/** A thread as it was loaded, with its newest items. */
export function viewOf(thread: Thread, newest: Page<ThreadItem>): ThreadView {
  return { ...EMPTY_VIEW, head: headOf(thread), items: newest.data.toReversed(), older: newest.has_more ? newest.after : undefined };
}

/** With a page of older items, newest first, before the others. */
export function withOlder(view: ThreadView, page: Page<ThreadItem>): ThreadView {
  const known = new Set(view.items.map(({ id }) => id));
  const older = page.data.filter(({ id }) => !known.has(id)).toReversed();
  return { ...view, items: [...older, ...view.items], older: page.has_more ? page.after : undefined };
}

/** What was loaded again in the place of what was here; items before the loaded page stay. */
export function refreshed(view: ThreadView, thread: Thread, newest: Page<ThreadItem>): ThreadView {
  const items = newest.data.toReversed();
  const overlap = view.items.findIndex(({ id }) => id === items[0]?.id);
  if (overlap <= 0) return { ...viewOf(thread, newest), notices: view.notices, failure: view.failure };
  return { ...view, head: headOf(thread), items: [...view.items.slice(0, overlap), ...items], live: NOTHING_LIVE };
}

/** With a message that is on its way to the server. */
export function sending(view: ThreadView, message: UserMessageItem): ThreadView {
  return { ...started(view), items: [...view.items, message] };
}

/** As a request begins: what an earlier one has left is gone. */
export function started(view: ThreadView): ThreadView {
  return { ...view, failure: undefined, notices: [], progress: undefined, canStop: true };
}

/** As a stream has ended: nothing is being written any more. */
export function ended(view: ThreadView): ThreadView {
  return { ...view, live: NOTHING_LIVE, progress: undefined, imageProgress: EMPTY_VIEW.imageProgress };
}

export function failed(view: ThreadView, failure: Failure): ThreadView {
  return { ...view, failure };
}

/** Without the items after one, as a retry deletes them. */
export function cutAfter(view: ThreadView, itemId: string): ThreadView {
  const index = view.items.findIndex(({ id }) => id === itemId);
  return index < 0 ? view : { ...view, items: view.items.slice(0, index + 1) };
}

export const isLocal = (item: ThreadItem) => item.id.startsWith("local-");

/** Event by event. One of a kind that is not known changes nothing: a newer server may send it. */
export function reduce(view: ThreadView, event: SentEvent): ThreadView {
  switch (event.type) {
    case "thread.created":
    case "thread.updated":
      return { ...view, head: headOf(event.thread) };
    case "thread.item.added":
      return { ...put(view, event.item), live: new Set(view.live).add(event.item.id), progress: undefined };
    case "thread.item.updated":
      return updated(view, event);
    case "thread.item.done":
    case "thread.item.replaced":
      return { ...settle(put(view, event.item), event.item.id), progress: event.item.type === "user_message" ? view.progress : undefined };
    case "thread.item.removed":
      return { ...settle(view, event.item_id), items: view.items.filter(({ id }) => id !== event.item_id) };
    case "stream_options":
      return { ...view, canStop: event.stream_options.allow_cancel };
    case "progress_update":
      return { ...view, progress: { text: event.text, icon: event.icon } };
    case "error":
      return { ...view, failure: { message: event.message, canRetry: event.allow_retry }, progress: undefined };
    case "notice":
      return { ...view, notices: [...view.notices, { id: view.notices.length, level: event.level, message: event.message, title: event.title }] };
    default:
      return view;
  }
}

function updated(view: ThreadView, { item_id, update }: Extract<SentEvent, { type: "thread.item.updated" }>): ThreadView {
  const index = view.items.findLastIndex(({ id }) => id === item_id);
  const item = view.items[index];
  if (item === undefined) return view;
  const next = { ...view, items: view.items.with(index, applyUpdate(item, update)) };
  if (update.type !== "generated_image.updated" || update.progress === undefined) return next;
  return { ...next, imageProgress: new Map(view.imageProgress).set(item_id, update.progress) };
}

/** In its place, or at the end; the first confirmed message takes the place of the one that was on its way. */
function put(view: ThreadView, item: ThreadItem): ThreadView {
  const known = view.items.findLastIndex(({ id }) => id === item.id);
  const index = known < 0 && item.type === "user_message" ? view.items.findIndex(isLocal) : known;
  return { ...view, items: index < 0 ? [...view.items, item] : view.items.with(index, item) };
}

function settle(view: ThreadView, id: string): ThreadView {
  if (!view.live.has(id)) return view;
  const live = new Set(view.live);
  live.delete(id);
  return { ...view, live };
}

function headOf({ items: _items, metadata: _metadata, ...head }: Thread): Head {
  return head;
}
