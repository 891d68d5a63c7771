import { ChatKitError } from "../errors.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { cutTitle } from "../protocol/title.ts";
import type { ThreadChange, ThreadUpdate } from "./store.ts";

/** The thread with the given fields written and those given as undefined cleared. */
export function changeThread(thread: ThreadMetadata, update: ThreadUpdate): ThreadMetadata {
  return dropUndefined({ ...thread, ...storable(typeof update === "function" ? update(thread) : update) });
}

/** What a model or a hook has made a title of is cut to one, since every list of threads carries it; a client's was refused before. */
export function storable<T extends ThreadChange>(thread: T): T {
  return typeof thread.title === "string" ? { ...thread, title: cutTitle(thread.title) } : thread;
}

/** The names of the fields that a change clears. */
export function clearedFields(change: ThreadChange): string[] {
  return Object.entries(change).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

/** @throws ChatKitError thread_locked or thread_closed, in the words of the thread's reason when it has one. */
export function requireActive({ status }: Pick<ThreadMetadata, "status">): void {
  if (status.type === "active") return;
  const code = status.type === "locked" ? "thread_locked" : "thread_closed";
  throw new ChatKitError(code, status.reason ? { message: status.reason } : {});
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
