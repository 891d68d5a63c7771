import type { PostgresPool } from "./pool.ts";
import { json } from "./rows.ts";
import type { DeletedAttachment } from "../upkeep.ts";

export async function deleteThread(pool: PostgresPool, userId: string, threadId: string): Promise<void> {
  await pool.query((sql) => sql`
    with run as (
      delete from chatkit_runs
      where user_id = ${userId}
        and thread_id = ${threadId}
      returning 1
    ),
    attachments as (
      update chatkit_attachments
      set deleted = true
      where user_id = ${userId}
        and thread_id = ${threadId}
    )
    delete from chatkit_threads
    where user_id = ${userId}
      and id = ${threadId}
      -- counted, that the run is locked before the thread, as everywhere
      and (select count(*) from run) >= 0`);
}

export async function deleteThreadsOlderThan(pool: PostgresPool, cutoff: Date, limit: number): Promise<number> {
  const { count } = await pool.query((sql) => sql`
    with old as materialized (
      select user_id, id
      from chatkit_threads
      where updated_on <= (${cutoff}::timestamptz at time zone 'utc')::date
        and updated_at < ${cutoff}
      order by updated_on
      limit ${limit}
      for update skip locked
    ),
    attachments as (
      update chatkit_attachments
      set deleted = true
      from old
      where chatkit_attachments.user_id = old.user_id
        and chatkit_attachments.thread_id = old.id
    ),
    unused as (
      update chatkit_attachments
      set deleted = true
      where thread_id is null
        and not deleted
        and saved_at < ${cutoff}
    )
    delete from chatkit_threads
    using old
    where chatkit_threads.user_id = old.user_id
      and chatkit_threads.id = old.id`);
  return count;
}

export async function deletedAttachments(pool: PostgresPool, limit: number): Promise<DeletedAttachment[]> {
  const rows = await pool.query((sql) => sql<DeletedAttachment[]>`
    select user_id as "userId", id as "attachmentId"
    from chatkit_attachments
    where deleted
    limit ${limit}`);
  return [...rows];
}

export async function forgetAttachments(pool: PostgresPool, attachments: DeletedAttachment[]): Promise<void> {
  await pool.query((sql) => sql`
    delete from chatkit_attachments
    using jsonb_array_elements(${json(sql, attachments)}) as forgotten
    where user_id = forgotten ->> 'userId'
      and id = forgotten ->> 'attachmentId'
      and deleted`);
}
