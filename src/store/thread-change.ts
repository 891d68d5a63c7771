import { ChatKitError } from "../errors.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { cutTitle } from "../protocol/title.ts";
import type { ThreadChange, ThreadUpdate } from "./store.ts";

/** The thread with the change applied; fields that are given as undefined are cleared. */
export function changeThread(thread: ThreadMetadata, update: ThreadUpdate): ThreadMetadata {
  return dropUndefined({ ...thread, ...storable(typeof update === "function" ? update(thread) : update) });
}

/** Cuts a title that is too long, since every list of threads carries it. A client's was refused earlier, so it is a model's or hook's. */
export function storable<T extends ThreadChange>(thread: T): T {
  return typeof thread.title === "string" ? { ...thread, title: cutTitle(thread.title) } : thread;
}

/** The names of the fields that a change clears. */
export function clearedFields(change: ThreadChange): string[] {
  return Object.entries(change).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

/** @throws ChatKitError thread_locked or thread_closed, with the thread's own reason as its message if there is one */
export function requireActive({ status }: Pick<ThreadMetadata, "status">): void {
  if (status.type === "active") return;
  const code = status.type === "locked" ? "thread_locked" : "thread_closed";
  throw new ChatKitError(code, status.reason ? { message: status.reason } : {});
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
