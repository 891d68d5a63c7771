import { NotFoundError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";

/** A page out of rows of which one more than `limit` was asked for: the surplus row is how `has_more` is known without counting. */
export function toPage<T extends { id: string }>(rows: T[], limit: number): Page<T> {
  if (rows.length <= limit) return { data: rows, has_more: false };
  const data = rows.slice(0, limit);
  return { data, has_more: true, after: data.at(-1)?.id };
}

/**
 * A thread and a page of its items out of one statement, in which the thread is the row of position 0 and items start at 1: so
 * both are seen at the same moment, and an empty thread is told from a missing one. @throws NotFoundError
 */
export function threadWithItems(rows: { position: number; data: unknown }[], threadId: string, limit: number) {
  const thread = rows.find(({ position }) => position === 0);
  if (!thread) throw new NotFoundError("thread", threadId);
  const items = rows.filter((row) => row !== thread).map(({ data }) => data as ThreadItem);
  return { thread: thread.data as ThreadMetadata, items: toPage(items, limit) };
}
