import type { SqliteDatabase } from "./database.ts";
import { markDeleted } from "./deletion.ts";
import { dayOf } from "./rows.ts";
import type { ThreadKey } from "../deletions.ts";
import type { DeletedAttachment } from "../upkeep.ts";

/** Marks threads as deleted in which nothing was written since `cutoff`, and resolves to them. */
export async function markOldDeleted(db: SqliteDatabase, cutoff: Date, limit: number): Promise<ThreadKey[]> {
  const before = cutoff.getTime();
  const old = () =>
    db.all<ThreadKey>(
      `select user_id as userId, id as threadId
      from threads
      where updated_on <= ?1
        and updated_at < ?2
        and position > 0
        and not exists (select 1 from runs where runs.user_id = threads.user_id and runs.thread_id = threads.id)
      order by updated_on
      limit ?3`,
      dayOf(before), before, limit,
    );
  // First without the write lock: this runs again and again and mostly finds nothing.
  if (old().length === 0) return [];
  return db.write(() => {
    const threads = old();
    for (const thread of threads) markDeleted(db, thread);
    return threads;
  });
}

/** Marks uploads from before `cutoff` as deleted that no message uses, and resolves to their number. */
export async function markUnusedDeleted(db: SqliteDatabase, cutoff: Date, limit: number): Promise<number> {
  const unused = `
    select rowid
    from attachments
    where thread_id is null
      and saved_at < ?1
      and deleted = 0
    limit ?2`;
  if (!db.get(unused, cutoff.getTime(), 1)) return 0;
  return db.write(() => db.run(`update attachments set deleted = 1 where rowid in (${unused})`, cutoff.getTime(), limit));
}

export function deletedAttachments(db: SqliteDatabase, limit: number): DeletedAttachment[] {
  const sql = `
    select user_id as userId, id as attachmentId, json_extract(data, '$.metadata.model_file') as modelFile
    from attachments
    where deleted = 1
    limit ?1`;
  type Row = Required<Omit<DeletedAttachment, "modelFile">> & { modelFile: string | null };
  return db.all<Row>(sql, limit).map(({ modelFile, ...one }) => (modelFile === null ? one : { ...one, modelFile }));
}

export function forgetAttachments(db: SqliteDatabase, attachments: DeletedAttachment[]): Promise<void> {
  return db.write(() => {
    for (const { userId, attachmentId } of attachments) {
      db.run("delete from attachments where user_id = ?1 and id = ?2 and deleted = 1", userId, attachmentId);
    }
  });
}
