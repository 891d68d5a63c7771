import type { SqliteDatabase } from "./database.ts";
import { dayOf } from "./rows.ts";
import type { DeletedAttachment } from "../upkeep.ts";

export function deleteThread(db: SqliteDatabase, userId: string, threadId: string): Promise<void> {
  return db.write(() => deleteWithAttachments(db, userId, threadId));
}

export async function deleteThreadsOlderThan(db: SqliteDatabase, cutoff: Date, limit: number): Promise<number> {
  const before = cutoff.getTime();
  const old = () =>
    db.all<{ user_id: string; id: string }>(
      `select user_id, id
      from threads
      where updated_on <= ?1
        and updated_at < ?2
      order by updated_on
      limit ?3`,
      dayOf(before), before, limit,
    );
  // Looked at without the write lock first: this runs for ever and mostly finds nothing.
  const isNone = old().length === 0;
  const deleted = isNone ? 0 : await db.write(() => old().map(({ user_id, id }) => deleteWithAttachments(db, user_id, id)).length);
  await db.write(() =>
    db.run(
      `update attachments
      set deleted = 1
      where thread_id is null
        and saved_at < ?1
        and deleted = 0`,
      before,
    ),
  );
  return deleted;
}

function deleteWithAttachments(db: SqliteDatabase, userId: string, threadId: string): void {
  db.run("update attachments set deleted = 1 where user_id = ?1 and thread_id = ?2", userId, threadId);
  db.run("delete from threads where user_id = ?1 and id = ?2", userId, threadId);
}

export function deletedAttachments(db: SqliteDatabase, limit: number): DeletedAttachment[] {
  return db.all<DeletedAttachment>("select user_id as userId, id as attachmentId from attachments where deleted = 1 limit ?1", limit);
}

export function forgetAttachments(db: SqliteDatabase, attachments: DeletedAttachment[]): Promise<void> {
  return db.write(() => {
    for (const { userId, attachmentId } of attachments) {
      db.run("delete from attachments where user_id = ?1 and id = ?2 and deleted = 1", userId, attachmentId);
    }
  });
}
