/**
 * The state of the open thread, and how each event changes it. All functions are pure: a state is never changed, and nothing here asks
 * the server or touches the page.
 */
import { applyUpdate } from "../../../protocol/apply-update.ts";
import type { SentEvent } from "../../../protocol/events.ts";
import type { ThreadItem, UserMessageItem } from "../../../protocol/items.ts";
import type { Page, Thread } from "../../../protocol/thread.ts";

type Head = Omit<Thread, "items" | "metadata">;
export type Notice = { id: number; level: "info" | "warning" | "danger"; message: string; title?: string | undefined };
type Failure = { message?: string | undefined; canRetry: boolean };

export type ThreadState = {
  /** undefined for a thread that is not created yet. */
  head: Head | undefined;
  /** Oldest first. A message that the server has not confirmed has an id that begins with `local-`. */
  items: readonly ThreadItem[];
  /** The id to ask for older items with; undefined when all are here. */
  older: string | undefined;
  /** Ids of items that are still being written. */
  live: ReadonlySet<string>;
  progress: { text: string; icon?: string | undefined } | undefined;
  /** Item id → progress of its picture, from 0 to 1. */
  imageProgress: ReadonlyMap<string, number>;
  notices: readonly Notice[];
  failure: Failure | undefined;
  /** Whether the answer that is running may be stopped. */
  canStop: boolean;
};

const NOTHING_LIVE: ReadonlySet<string> = new Set();

export const EMPTY_STATE: ThreadState = {
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

/** The state of a thread that was loaded with its newest items. */
export function stateOf(thread: Thread, newest: Page<ThreadItem>): ThreadState {
  return { ...EMPTY_STATE, head: headOf(thread), items: newest.data.toReversed(), older: newest.has_more ? newest.after : undefined };
}

/** Adds a page of older items, which come newest first, before the others. */
export function withOlder(state: ThreadState, page: Page<ThreadItem>): ThreadState {
  const known = new Set(state.items.map(({ id }) => id));
  const older = page.data.filter(({ id }) => !known.has(id)).toReversed();
  return { ...state, items: [...older, ...state.items], older: page.has_more ? page.after : undefined };
}

/** Replaces the newest items with what was loaded again; items older than that page stay. */
export function refreshed(state: ThreadState, thread: Thread, newest: Page<ThreadItem>): ThreadState {
  const items = newest.data.toReversed();
  const overlap = state.items.findIndex(({ id }) => id === items[0]?.id);
  if (overlap <= 0) return { ...stateOf(thread, newest), notices: state.notices, failure: state.failure };
  return { ...state, head: headOf(thread), items: [...state.items.slice(0, overlap), ...items], live: NOTHING_LIVE };
}

/** Adds a message that is on its way to the server. */
export function sending(state: ThreadState, message: UserMessageItem): ThreadState {
  return { ...started(state), items: [...state.items, message] };
}

/** When a request begins: clears the failure and the notices of the one before. */
export function started(state: ThreadState): ThreadState {
  return { ...state, failure: undefined, notices: [], progress: undefined, canStop: true };
}

/** When a stream has ended: nothing is being written any more. */
export function ended(state: ThreadState): ThreadState {
  return { ...state, live: NOTHING_LIVE, progress: undefined, imageProgress: EMPTY_STATE.imageProgress };
}

export function failed(state: ThreadState, failure: Failure): ThreadState {
  return { ...state, failure };
}

/** Removes the items after one, as a retry does on the server. */
export function cutAfter(state: ThreadState, itemId: string): ThreadState {
  const index = state.items.findIndex(({ id }) => id === itemId);
  return index < 0 ? state : { ...state, items: state.items.slice(0, index + 1) };
}

export const isLocal = (item: ThreadItem) => item.id.startsWith("local-");

/** Applies an event. One of an unknown kind changes nothing: a newer server may send it. */
export function reduce(state: ThreadState, event: SentEvent): ThreadState {
  switch (event.type) {
    case "thread.created":
    case "thread.updated":
      return { ...state, head: headOf(event.thread) };
    case "thread.item.added":
      return { ...put(state, event.item), live: new Set(state.live).add(event.item.id), progress: undefined };
    case "thread.item.updated":
      return updated(state, event);
    case "thread.item.done":
    case "thread.item.replaced":
      return { ...settle(put(state, event.item), event.item.id), progress: event.item.type === "user_message" ? state.progress : undefined };
    case "thread.item.removed":
      return { ...settle(state, event.item_id), items: state.items.filter(({ id }) => id !== event.item_id) };
    case "stream_options":
      return { ...state, canStop: event.stream_options.allow_cancel };
    case "progress_update":
      return { ...state, progress: { text: event.text, icon: event.icon } };
    case "error":
      return { ...state, failure: { message: event.message, canRetry: event.allow_retry }, progress: undefined };
    case "notice":
      return { ...state, notices: [...state.notices, { id: state.notices.length, level: event.level, message: event.message, title: event.title }] };
    default:
      return state;
  }
}

function updated(state: ThreadState, { item_id, update }: Extract<SentEvent, { type: "thread.item.updated" }>): ThreadState {
  const index = state.items.findLastIndex(({ id }) => id === item_id);
  const item = state.items[index];
  if (item === undefined) return state;
  const next = { ...state, items: state.items.with(index, applyUpdate(item, update)) };
  if (update.type !== "generated_image.updated" || update.progress === undefined) return next;
  return { ...next, imageProgress: new Map(state.imageProgress).set(item_id, update.progress) };
}

/** Puts an item in its place, or at the end. The first confirmed message replaces the one that was on its way. */
function put(state: ThreadState, item: ThreadItem): ThreadState {
  const known = state.items.findLastIndex(({ id }) => id === item.id);
  const index = known < 0 && item.type === "user_message" ? state.items.findIndex(isLocal) : known;
  return { ...state, items: index < 0 ? [...state.items, item] : state.items.with(index, item) };
}

function settle(state: ThreadState, id: string): ThreadState {
  if (!state.live.has(id)) return state;
  const live = new Set(state.live);
  live.delete(id);
  return { ...state, live };
}

function headOf({ items: _items, metadata: _metadata, ...head }: Thread): Head {
  return head;
}
