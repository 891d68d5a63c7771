import type { ThreadKey } from "../deletions.ts";
import type { SqliteDatabase } from "./database.ts";

/** How long a batch may take: the event loop waits for it, and so do all other processes that write. */
const BATCH_MS = 5;
const BATCH_ROWS = 500;
const ABANDONED_AT_A_TIME = 100;
/** After this time without a batch, the process of a deletion is taken for dead. */
const ABANDONED_MS = 5000;

const NAMED = "select 1 from attachment_uses where attachment_uses.user_id = attachments.user_id and attachment_id = attachments.id";

/** Thrown when a new thread has the id of a deleted one whose rows still exist. Call `deleteBatch` until nothing is left, and try again. */
export class IdStillTaken extends Error {
  constructor(readonly thread: ThreadKey) {
    super();
  }
}

/** Only inside a write. From then on the thread cannot be read, and its run is lost. */
export function markDeleted(db: SqliteDatabase, { userId, threadId }: ThreadKey): void {
  // A negative position marks it as deleted; from the rowid, since the thread's own position may be given to a new thread.
  const sql = "update threads set position = -rowid, updated_at = ?3 where user_id = ?1 and id = ?2 and position > 0";
  db.run(sql, userId, threadId, Date.now());
  db.run("delete from runs where user_id = ?1 and thread_id = ?2", userId, threadId);
  db.run("delete from run_states where user_id = ?1 and thread_id = ?2", userId, threadId);
}

export function abandonedDeletions(db: SqliteDatabase): ThreadKey[] {
  const sql = `
    select user_id as userId, id as threadId
    from threads indexed by threads_deleted_idx
    where position < 0
      and updated_at < ?1
    limit ?2`;
  return db.all<ThreadKey>(sql, Date.now() - ABANDONED_MS, ABANDONED_AT_A_TIME);
}

/** Resolves to whether something is left. Need not survive a power failure: the batch would only be deleted again. */
export function deleteBatch(db: SqliteDatabase, { userId, threadId }: ThreadKey): Promise<boolean> {
  const work = () => {
    const until = performance.now() + BATCH_MS;
    // The time shows other processes that this deletion goes on.
    const found = db.run("update threads set updated_at = ?3 where user_id = ?1 and id = ?2 and position < 0", userId, threadId, Date.now());
    if (found === 0) return false;
    if (forEachRow(db, "items", "delete from items where rowid = ?1", { userId, threadId }, until)) return true;
    if (forEachRow(db, "attachments", "update attachments set deleted = 1 where rowid = ?1", { userId, threadId }, until)) return true;
    db.run("delete from threads where user_id = ?1 and id = ?2 and position < 0", userId, threadId);
    return false;
  };
  return db.write(work, { durable: false });
}

/** Row by row with an eye on the clock, since a row may have any size. Returns whether there may be more. */
function forEachRow(db: SqliteDatabase, table: "items" | "attachments", change: string, { userId, threadId }: ThreadKey, until: number): boolean {
  // Attachments that an item of another thread names stay; those that only items of this one named are marked already.
  const which = table === "attachments" ? `and deleted = 0 and not exists (${NAMED})` : "";
  const rows = db.all<{ rowid: number }>(
    `select rowid from ${table} where user_id = ?1 and thread_id = ?2 ${which} limit ?3`, userId, threadId, BATCH_ROWS,
  );
  for (const { rowid } of rows) {
    db.run(change, rowid);
    if (performance.now() > until) return true;
  }
  return rows.length === BATCH_ROWS;
}
