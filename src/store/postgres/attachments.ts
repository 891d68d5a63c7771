import { NotFoundError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { attachmentsNamedBy } from "../attachment-uses.ts";
import type { Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { held, json, lost, type DataRow } from "./rows.ts";
import type { SigningKey, UserScope } from "../store.ts";
import type { OwnedAttachment } from "../upkeep.ts";

/** Of an attachment of a deleted thread: a message of another thread names it. */
function isThere(sql: Sql, userId: string, attachmentId: string) {
  return sql`
    not deleted
    and (
      not exists (
        select
        from chatkit_all_threads
        where user_id = ${userId}
          and id = chatkit_attachments.thread_id
          and chatkit_all_threads.deleted
      )
      or exists (
        select
        from chatkit_attachment_uses as named
        join chatkit_threads on chatkit_threads.user_id = named.user_id
          and chatkit_threads.id = named.thread_id
        where named.user_id = ${userId}
          and named.attachment_id = ${attachmentId}
      )
    )`;
}

/** @throws NotFoundError */
export async function loadAttachment(pool: PostgresPool, userId: string, attachmentId: string): Promise<Attachment> {
  const [row] = await pool.query((sql) => sql<DataRow<Attachment>[]>`
    select data
    from chatkit_attachments
    where user_id = ${userId}
      and id = ${attachmentId}
      and ${isThere(sql, userId, attachmentId)}`);
  if (!row) throw new NotFoundError("attachment", attachmentId);
  return row.data;
}

export async function saveAttachment(pool: PostgresPool, attachment: Attachment, context: UserScope): Promise<void> {
  const { userId, run } = context;
  const { count } = await pool.query((sql) => sql`
    with held as (${held(sql, run?.threadId ?? "", context)})
    insert into chatkit_attachments (user_id, id, thread_id, data)
    select ${userId}, ${attachment.id}, ${attachment.thread_id ?? null}, ${json(sql, attachment)}
    from held
    on conflict (user_id, id) do update
    set thread_id = excluded.thread_id,
      data = excluded.data,
      deleted = false`);
  if (count === 0) throw await lost(pool, userId, run?.threadId ?? "");
}

/** Reads again when the attachment was changed in between. @throws NotFoundError */
export async function updateAttachment(
  pool: PostgresPool,
  userId: string,
  attachmentId: string,
  change: (stored: Attachment) => Attachment,
): Promise<Attachment> {
  for (;;) {
    const stored = await loadAttachment(pool, userId, attachmentId);
    const attachment = change(stored);
    if (attachment === stored) return stored;
    const { count } = await pool.query((sql) => sql`
      update chatkit_attachments
      set thread_id = ${attachment.thread_id ?? null},
        data = ${json(sql, attachment)}
      where user_id = ${userId}
        and id = ${attachmentId}
        and data = ${json(sql, stored)}
        and not deleted`);
    if (count > 0) return attachment;
  }
}

/**
 * A part of a statement: notes the threads of a message's attachments. Of those that are stored nothing else is changed: an upload may
 * have ended since they were read.
 */
export function binding(sql: Sql, userId: string, attachments: Attachment[]) {
  return sql`
    insert into chatkit_attachments (user_id, id, thread_id, data)
    select ${userId}, attachment ->> 'id', attachment ->> 'thread_id', attachment
    from held, jsonb_array_elements(${json(sql, attachments)}) as attachment
    on conflict (user_id, id) do update
    set thread_id = excluded.thread_id,
      data = chatkit_attachments.data || jsonb_build_object('thread_id', excluded.thread_id),
      deleted = false`;
}

/** A part of a statement: notes which attachments the item names that its part `thread` stores. */
export function naming(sql: Sql, userId: string, threadId: string, item: ThreadItem | undefined) {
  const ids = item ? attachmentsNamedBy(item) : [];
  if (ids.length === 0) return sql`select 1`;
  return sql`
    insert into chatkit_attachment_uses (user_id, thread_id, item_id, attachment_id)
    select ${userId}, ${threadId}, ${item!.id}, named
    from thread, jsonb_array_elements_text(${json(sql, ids)}) as named
    on conflict do nothing`;
}

export async function attachmentBytes(pool: PostgresPool, userId: string): Promise<number> {
  const [row] = await pool.query((sql) => sql<{ bytes: string }[]>`
    select coalesce(sum((data -> 'metadata' ->> 'size')::bigint), 0) as bytes
    from chatkit_attachments
    where user_id = ${userId}
      and not deleted`);
  return Number(row?.bytes);
}

export async function knownAttachments(pool: PostgresPool, ids: string[]): Promise<string[]> {
  const rows = await pool.query((sql) => sql<{ id: string }[]>`
    select id
    from chatkit_attachments
    where id in (select jsonb_array_elements_text(${json(sql, ids)}))`);
  return rows.map(({ id }) => id);
}

export async function attachmentsAfter(pool: PostgresPool, after: string, limit: number): Promise<OwnedAttachment[]> {
  const rows = await pool.query((sql) => sql<OwnedAttachment[]>`
    select user_id as "userId", data as attachment
    from chatkit_attachments
    where id > ${after}
      and not deleted
    order by id
    limit ${limit}`);
  return [...rows];
}

/** Makes the first key. When two processes do so at once there are two, which both of them then read. */
export async function signingKeys(pool: PostgresPool, first: SigningKey): Promise<SigningKey[]> {
  const read = () => pool.query((sql) => sql<SigningKey[]>`select id, secret from chatkit_signing_keys order by created_at desc, id desc`);
  const keys = await read();
  if (keys.length > 0) return [...keys];
  await pool.query((sql) => sql`
    insert into chatkit_signing_keys (id, secret)
    select ${first.id}, ${first.secret}
    where not exists (select from chatkit_signing_keys)
    on conflict do nothing`);
  return [...(await read())];
}
