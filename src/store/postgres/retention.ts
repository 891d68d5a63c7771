import type { ThreadKey } from "../deletions.ts";
import type { PostgresPool } from "./pool.ts";
import { json } from "./rows.ts";
import type { DeletedAttachment } from "../upkeep.ts";

/** Marks threads as deleted in which nothing was written since `cutoff`, and resolves to them. */
export async function markOldDeleted(pool: PostgresPool, cutoff: Date, limit: number): Promise<ThreadKey[]> {
  const rows = await pool.query((sql) => sql<ThreadKey[]>`
    with old as materialized (
      select user_id, id
      from chatkit_threads
      where updated_on <= (${cutoff}::timestamptz at time zone 'utc')::date
        and updated_at < ${cutoff}
        and not exists (
          select
          from chatkit_runs
          where chatkit_runs.user_id = chatkit_threads.user_id
            and thread_id = chatkit_threads.id
        )
      order by updated_on
      limit ${limit}
      for update skip locked
    ),
    states as (
      delete from chatkit_run_states
      using old
      where chatkit_run_states.user_id = old.user_id
        and chatkit_run_states.thread_id = old.id
    )
    update chatkit_threads
    set deleted = true,
      updated_at = now()
    from old
    where chatkit_threads.user_id = old.user_id
      and chatkit_threads.id = old.id
    returning chatkit_threads.user_id as "userId", chatkit_threads.id as "threadId"`);
  return [...rows];
}

/** Marks uploads from before `cutoff` as deleted that no message uses, and resolves to their number. */
export async function markUnusedDeleted(pool: PostgresPool, cutoff: Date, limit: number): Promise<number> {
  const { count } = await pool.query((sql) => sql`
    with unused as materialized (
      select user_id, id
      from chatkit_attachments
      where thread_id is null
        and not deleted
        and saved_at < ${cutoff}
      limit ${limit}
      for update skip locked
    )
    update chatkit_attachments
    set deleted = true
    from unused
    where chatkit_attachments.user_id = unused.user_id
      and chatkit_attachments.id = unused.id`);
  return count;
}

export async function deletedAttachments(pool: PostgresPool, limit: number): Promise<DeletedAttachment[]> {
  type Row = Required<Omit<DeletedAttachment, "modelFile">> & { modelFile: string | null };
  const rows = await pool.query((sql) => sql<Row[]>`
    select user_id as "userId", id as "attachmentId", data -> 'metadata' ->> 'model_file' as "modelFile"
    from chatkit_attachments
    where deleted
    limit ${limit}`);
  return rows.map(({ modelFile, ...one }) => (modelFile === null ? one : { ...one, modelFile }));
}

export async function forgetAttachments(pool: PostgresPool, attachments: DeletedAttachment[]): Promise<void> {
  await pool.query((sql) => sql`
    delete from chatkit_attachments
    using jsonb_array_elements(${json(sql, attachments)}) as forgotten
    where user_id = forgotten ->> 'userId'
      and id = forgotten ->> 'attachmentId'
      and deleted`);
}
