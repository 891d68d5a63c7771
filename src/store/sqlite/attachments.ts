import { NotFoundError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { SqliteDatabase } from "./database.ts";
import { parseRow, type DataRow } from "./rows.ts";
import type { SigningKey } from "../store.ts";
import type { OwnedAttachment } from "../upkeep.ts";

/** An attachment of a deleted thread is there as long as a message of another thread names it. */
const LOAD = `
  select data
  from attachments
  where user_id = ?1
    and id = ?2
    and deleted = 0
    and (
      not exists (
        select 1
        from threads
        where threads.user_id = ?1
          and threads.id = attachments.thread_id
          and threads.position < 0
      )
      or exists (
        select 1
        from attachment_uses
        join threads on threads.user_id = attachment_uses.user_id
          and threads.id = attachment_uses.thread_id
        where attachment_uses.user_id = ?1
          and attachment_uses.attachment_id = ?2
          and threads.position > 0
      )
    )`;

/** @throws NotFoundError */
export function loadAttachment(db: SqliteDatabase, userId: string, attachmentId: string): Attachment {
  const row = db.get<DataRow>(LOAD, userId, attachmentId);
  if (!row) throw new NotFoundError("attachment", attachmentId);
  return parseRow(row);
}

export function saveAttachment(db: SqliteDatabase, userId: string, attachment: Attachment): void {
  insert(db, userId, attachment, "excluded.data");
}

/** Notes the thread of a message's attachment. If it is stored, nothing else of it is changed: an upload may have ended since it was read. */
export function bindAttachment(db: SqliteDatabase, userId: string, attachment: Attachment): void {
  insert(db, userId, attachment, "json_set(data, '$.thread_id', excluded.thread_id)");
}

function insert(db: SqliteDatabase, userId: string, attachment: Attachment, stored: string): void {
  db.run(
    `insert into attachments (user_id, id, thread_id, data, saved_at)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict (user_id, id) do update
    set thread_id = excluded.thread_id,
      data = ${stored},
      deleted = 0`,
    userId, attachment.id, attachment.thread_id ?? null, JSON.stringify(attachment), Date.now(),
  );
}

/** Only inside a write. @throws NotFoundError */
export function updateAttachment(db: SqliteDatabase, userId: string, attachmentId: string, change: (stored: Attachment) => Attachment): Attachment {
  const stored = loadAttachment(db, userId, attachmentId);
  const attachment = change(stored);
  if (attachment !== stored) saveAttachment(db, userId, attachment);
  return attachment;
}

export function attachmentBytes(db: SqliteDatabase, userId: string): number {
  const sql = "select coalesce(sum(json_extract(data, '$.metadata.size')), 0) as bytes from attachments where user_id = ?1 and deleted = 0";
  return db.get<{ bytes: number }>(sql, userId)!.bytes;
}

export function knownAttachments(db: SqliteDatabase, ids: string[]): string[] {
  const sql = "select id from attachments where id in (select value from json_each(?1))";
  return db.all<{ id: string }>(sql, JSON.stringify(ids)).map(({ id }) => id);
}

export function attachmentsAfter(db: SqliteDatabase, after: string, limit: number): OwnedAttachment[] {
  const sql = "select user_id as userId, data from attachments where id > ?1 and deleted = 0 order by id limit ?2";
  return db.all<DataRow & { userId: string }>(sql, after, limit).map((row) => ({ userId: row.userId, attachment: parseRow(row) }));
}

export function signingKeys(db: SqliteDatabase): SigningKey[] {
  return db.all<SigningKey>("select id, secret from signing_keys order by created_at desc, id desc");
}

/** Only inside a write. Makes the first key, unless another process was faster. */
export function addFirstSigningKey(db: SqliteDatabase, { id, secret }: SigningKey): void {
  const sql = "insert into signing_keys (id, secret, created_at) select ?1, ?2, ?3 where not exists (select 1 from signing_keys)";
  db.run(sql, id, secret, Date.now());
}
