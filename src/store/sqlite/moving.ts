import { storable } from "../thread-change.ts";
import type { MovedThread, MovedThreads, MovingThread, WhichThreads } from "../upkeep.ts";
import type { SqliteDatabase } from "./database.ts";
import { markDeleted } from "./deletion.ts";
import type { ThreadKey } from "../deletions.ts";
import { dayOf, insertItem, insertThread, type DataRow } from "./rows.ts";

/** A page of items for moving stops growing at this many bytes. */
const PAGE_BYTES = 4 * 1024 * 1024;

type ThreadRow = DataRow & { user_id: string; position: number; updated_at: number; state: string | null };

export function threadsAfter(db: SqliteDatabase, after: MovedThread | null, limit: number, { userId, since }: WhichThreads): MovedThreads {
  const rows = db.all<ThreadRow>(
    `select user_id, position, data, updated_at,
      (select state from run_states where run_states.user_id = threads.user_id and thread_id = threads.id) as state
    from threads
    where (user_id, position) > (?1, ?2)
      and position > 0
      and (?3 is null or user_id = ?3)
      and (?4 is null or updated_at >= ?4)
    order by user_id, position
    limit ?5`,
    after?.userId ?? "", after?.position ?? 0, userId ?? null, since ?? null, limit,
  );
  return rows.map((row) => ({ userId: row.user_id, position: row.position, updatedAt: row.updated_at, thread: JSON.parse(row.data), ...(row.state !== null && { runState: row.state }) }));
}

/** The JSON of items from a position on. */
export function itemsAfter(db: SqliteDatabase, userId: string, threadId: string, after: number, limit: number): { json: string; position: number }[] {
  let bytes = 0;
  const hasRoom = ({ data }: DataRow) => (bytes += data.length) <= PAGE_BYTES || bytes === data.length;
  const rows = db.some<DataRow & { position: number }>(
    hasRoom,
    "select data, position from items where user_id = ?1 and thread_id = ?2 and position > ?3 order by position limit ?4",
    userId, threadId, after, limit,
  );
  return rows.flatMap((row) => (row ? [{ json: row.data, position: row.position }] : []));
}

/** Only inside a write. Adds a thread with items behind those it has; what is there already is replaced and keeps its place. */
export function moveIn(db: SqliteDatabase, { thread: { userId, thread, updatedAt }, items }: MovingThread): void {
  insertThread(db, userId, storable(thread));
  const start = db.get<{ next: number }>("select next_position as next from threads where user_id = ?1 and id = ?2", userId, thread.id)!.next;
  for (const [index, item] of items.entries()) insertItem(db, userId, thread.id, item, start + index);
  db.run(
    "update threads set next_position = ?3, updated_at = ?4, updated_on = ?5 where user_id = ?1 and id = ?2",
    userId, thread.id, start + items.length, updatedAt, dayOf(updatedAt),
  );
}

/** Only inside a write. Marks some threads of a user as deleted, and returns them. */
export function markUserDeleted(db: SqliteDatabase, userId: string, limit: number): ThreadKey[] {
  const threads = db.all<ThreadKey>("select user_id as userId, id as threadId from threads where user_id = ?1 and position > 0 limit ?2", userId, limit);
  for (const thread of threads) markDeleted(db, thread);
  if (threads.length === 0) db.run("update attachments set deleted = 1 where user_id = ?1 and deleted = 0", userId);
  return threads;
}
