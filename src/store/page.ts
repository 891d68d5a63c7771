import { NotFoundError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import { MAX_PAGE_BYTES } from "../protocol/requests.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";

/** Returns a function to call with the bytes of each row in turn: whether the page has room for it. The first row always fits. */
export function pageRoom(limit: number): (bytes: number) => boolean {
  let rows = 0;
  let left = MAX_PAGE_BYTES;
  return (bytes) => {
    rows += 1;
    left -= bytes;
    return rows <= limit && (left >= 0 || rows === 1);
  };
}

/**
 * Makes a page of rows. The statement asks for one row more than `limit`: a surplus row means `has_more`, and nothing has to be counted.
 * A row that was not read because the page had no room for it is null.
 */
export function toPage<T extends { id: string }>(rows: (T | null)[], limit: number): Page<T> {
  const surplus = rows.indexOf(null);
  const end = surplus < 0 ? limit : Math.min(surplus, limit);
  if (rows.length <= end) return { data: rows as T[], has_more: false };
  const data = rows.slice(0, end) as T[];
  return { data, has_more: true, after: data.at(-1)?.id };
}

/** Waits for rows that are still being parsed, if there are any. */
export function settled<T>(rows: (T | Promise<T> | null)[]): (T | null)[] | Promise<(T | null)[]> {
  return rows.some((row) => row instanceof Promise) ? Promise.all(rows) : (rows as (T | null)[]);
}

/**
 * A thread and a page of its items, from the rows of one statement: the thread is the row with position 0, items start at 1. With one
 * statement both are of the same moment, and an empty thread differs from a missing one. @throws NotFoundError
 */
export function threadWithItems(rows: { position: number; data: unknown }[], threadId: string, limit: number) {
  const thread = rows.find(({ position }) => position === 0);
  if (!thread) throw new NotFoundError("thread", threadId);
  const items = rows.filter((row) => row !== thread).map(({ data }) => data as ThreadItem | null);
  return { thread: thread.data as ThreadMetadata, items: toPage(items, limit) };
}
