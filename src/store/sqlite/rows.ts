import { NotFoundError } from "../../errors.ts";
import { isHidden, type ThreadItem } from "../../protocol/items.ts";
import { parseStored } from "../../protocol/json/steps.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import { attachmentsNamedBy } from "../attachment-uses.ts";
import { pageRoom, settled, toPage } from "../page.ts";
import { LostRun } from "../lost-run.ts";
import type { SqliteDatabase, SqliteValue } from "./database.ts";
import { IdStillTaken } from "./deletion.ts";
import { runOn, type Order, type UserScope } from "../store.ts";

const DAY_MS = 86_400_000;

export type DataRow = { data: string };

export function parseRow<T>({ data }: DataRow): T {
  return JSON.parse(data) as T;
}

/** The page that a statement finds; it asks for one row more than `limit`. The rows are read when this returns. */
export function readPage<T extends { id: string }>(db: SqliteDatabase, limit: number, sql: string, ...values: SqliteValue[]): Promise<Page<T>> {
  const hasRoom = pageRoom(limit);
  return parsed(db.some<DataRow>(({ data }) => hasRoom(Buffer.byteLength(data)), sql, ...values), limit);
}

async function parsed<T extends { id: string }>(rows: (DataRow | null)[], limit: number): Promise<Page<T>> {
  return toPage(await settled(rows.map((row) => row && parseStored<T>(row.data))), limit);
}

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/**
 * Only items of a thread that is not deleted; those of a deleted one stay for a while. The index contains nothing but deleted threads, so
 * it is nearly empty and the look-up fast.
 */
export const IS_THERE = `
  not exists (
    select 1
    from threads indexed by threads_deleted_idx
    where user_id = ?1
      and id = ?2
      and position < 0
  )`;

/** Where a page begins: after the row of the cursor, or with the first row when there is no cursor or it names no row. */
export function pastCursor(order: Order, after: string | null, findCursor: string): string {
  const [past, start] = order === "asc" ? [">", "0"] : ["<", "9223372036854775807"];
  // Without a cursor the subquery is left out: it takes a tenth of the time of a page.
  return `position ${past} ${after === null ? start : `coalesce((${findCursor}), ${start})`}`;
}

/**
 * One page of a thread's items; the cursor is found by its id. With `visible` it is not checked that the thread exists: the callers
 * read the thread itself right before.
 */
export function itemsSql(order: Order, after: string | null, which: "all" | "visible"): string {
  return `
    select data
    from items
    where user_id = ?1
      and thread_id = ?2
      ${which === "visible" ? "and hidden = 0" : `and ${IS_THERE}`}
      and ${pastCursor(order, after, "select position from items where user_id = ?1 and thread_id = ?2 and id = ?3")}
    order by position ${order}
    limit ?4`;
}

/** Has to be called inside a write before anything is written to the thread. @throws LostRun, or NotFoundError when the thread is gone */
export function requireRun(db: SqliteDatabase, threadId: string, context: UserScope): void {
  const run = runOn(threadId, context);
  if (!run) return;
  const held = db.get("select 1 from runs where user_id = ?1 and thread_id = ?2 and id = ?3", context.userId, threadId, run.id);
  if (!held) throw lost(db, context.userId, threadId);
}

/** The error for a run that does not hold its thread. */
export function lost(db: SqliteDatabase, userId: string, threadId: string): LostRun | NotFoundError {
  const found = db.get("select 1 from threads where user_id = ?1 and id = ?2 and position > 0", userId, threadId);
  return found ? new LostRun() : new NotFoundError("thread", threadId);
}

/** @throws IdStillTaken */
export function insertThread(db: SqliteDatabase, userId: string, thread: ThreadMetadata): void {
  const now = Date.now();
  const written = db.run(
    `insert into threads (user_id, id, position, next_position, data, updated_at, updated_on)
    values (?1, ?2, (select coalesce(max(position), 0) + 1 from threads where user_id = ?1 and position > 0), 1, ?3, ?4, ?5)
    on conflict (user_id, id) do update
    set data = excluded.data,
      updated_at = excluded.updated_at,
      updated_on = excluded.updated_on
    where position > 0`,
    userId, thread.id, JSON.stringify(thread), now, dayOf(now),
  );
  if (written === 0) throw new IdStillTaken({ userId, threadId: thread.id });
}

/** The JSON of an item. @throws NotFoundError */
export function loadItem(db: SqliteDatabase, userId: string, threadId: string, itemId: string): string {
  const sql = `select data from items where user_id = ?1 and thread_id = ?2 and id = ?3 and ${IS_THERE}`;
  const row = db.get<DataRow>(sql, userId, threadId, itemId);
  if (!row) throw new NotFoundError("item", itemId);
  return row.data;
}

/** @throws NotFoundError */
export function loadThread(db: SqliteDatabase, userId: string, threadId: string): ThreadMetadata {
  const row = db.get<DataRow>("select data from threads where user_id = ?1 and id = ?2 and position > 0", userId, threadId);
  if (!row) throw new NotFoundError("thread", threadId);
  return parseRow(row);
}

export function updateThread(db: SqliteDatabase, userId: string, thread: ThreadMetadata): void {
  const now = Date.now();
  db.run(
    `update threads
    set data = ?3,
      updated_at = ?4,
      updated_on = ?5
    where user_id = ?1
      and id = ?2
      and position > 0`,
    userId, thread.id, JSON.stringify(thread), now, dayOf(now),
  );
}

/** Only inside a write. @throws NotFoundError when the thread does not exist */
export function appendItem(db: SqliteDatabase, userId: string, threadId: string, item: ThreadItem): void {
  const now = Date.now();
  const row = db.get<{ position: number }>(
    `update threads
    set next_position = next_position + 1,
      updated_at = ?3,
      updated_on = ?4
    where user_id = ?1
      and id = ?2
      and position > 0
    returning next_position - 1 as position`,
    userId, threadId, now, dayOf(now),
  );
  if (!row) throw new NotFoundError("thread", threadId);
  insertItem(db, userId, threadId, item, row.position);
}

/** Only inside a write. An item with the same id is replaced, and keeps its place. */
export function insertItem(db: SqliteDatabase, userId: string, threadId: string, item: ThreadItem, position: number): void {
  db.run(
    `insert into items (user_id, thread_id, id, position, hidden, pending_call, data)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (user_id, thread_id, id) do update
    set hidden = excluded.hidden,
      pending_call = excluded.pending_call,
      data = excluded.data`,
    userId, threadId, item.id, position, Number(isHidden(item)), Number(isPendingCall(item)), JSON.stringify(item),
  );
  for (const id of attachmentsNamedBy(item)) {
    db.run("insert or ignore into attachment_uses (user_id, thread_id, item_id, attachment_id) values (?1, ?2, ?3, ?4)", userId, threadId, item.id, id);
  }
}

function isPendingCall(item: ThreadItem): boolean {
  return item.type === "client_tool_call" && item.status === "pending";
}
