import { NotFoundError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import { MAX_PAGE_BYTES } from "../protocol/requests.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";

/** A function that is told the bytes of one row after another and says whether the page still has room for it; it always has for the first. */
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
 * A page out of rows of which one more than fits was asked for: the surplus row is how `has_more` is known without counting. One
 * that was not read, since the page had no room for it, is null.
 */
export function toPage<T extends { id: string }>(rows: (T | null)[], limit: number): Page<T> {
  const surplus = rows.indexOf(null);
  const end = surplus < 0 ? limit : Math.min(surplus, limit);
  if (rows.length <= end) return { data: rows as T[], has_more: false };
  const data = rows.slice(0, end) as T[];
  return { data, has_more: true, after: data.at(-1)?.id };
}

/** Rows of which some are still being read. */
export function settled<T>(rows: (T | Promise<T> | null)[]): (T | null)[] | Promise<(T | null)[]> {
  return rows.some((row) => row instanceof Promise) ? Promise.all(rows) : (rows as (T | null)[]);
}

/**
 * A thread and a page of its items out of one statement, in which the thread is the row of position 0 and items start at 1: so
 * both are seen at the same moment, and an empty thread is told from a missing one. @throws NotFoundError
 */
export function threadWithItems(rows: { position: number; data: unknown }[], threadId: string, limit: number) {
  const thread = rows.find(({ position }) => position === 0);
  if (!thread) throw new NotFoundError("thread", threadId);
  const items = rows.filter((row) => row !== thread).map(({ data }) => data as ThreadItem | null);
  return { thread: thread.data as ThreadMetadata, items: toPage(items, limit) };
}
