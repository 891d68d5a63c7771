import type { ThreadKey } from "../deletions.ts";
import type { UserScope } from "../store.ts";
import type { PostgresPool } from "./pool.ts";
import { held, lost } from "./rows.ts";

const BATCH_ROWS = 500;
const ABANDONED_AT_A_TIME = 100;

/** From then on the thread cannot be read, and its run is lost. @throws LostRun when it is the context's run, and lost already */
export async function markDeleted(pool: PostgresPool, { userId, threadId }: ThreadKey, context: UserScope): Promise<void> {
  const [row] = await pool.query((sql) => sql<{ held: boolean }[]>`
    with held as (${held(sql, threadId, context)}),
    run as (
      delete from chatkit_runs
      where user_id = ${userId}
        and thread_id = ${threadId}
        and exists (select from held)
      returning 1
    ),
    state as (
      delete from chatkit_run_states
      where user_id = ${userId}
        and thread_id = ${threadId}
        and exists (select from held)
    ),
    thread as (
      update chatkit_threads
      set deleted = true,
        updated_at = now()
      where user_id = ${userId}
        and id = ${threadId}
        and exists (select from held)
        -- always true, but it makes PostgreSQL lock the run before the thread, as all statements do
        and (select count(*) from run) >= 0
    )
    select exists (select from held) as held`);
  if (!row?.held) throw await lost(pool, userId, threadId);
}

/** Deletions without a batch for a while: their process is taken for dead. */
export async function abandonedDeletions(pool: PostgresPool): Promise<ThreadKey[]> {
  const rows = await pool.query((sql) => sql<ThreadKey[]>`
    select user_id as "userId", id as "threadId"
    from chatkit_all_threads
    where deleted
      and updated_at < now() - interval '5 seconds'
    limit ${ABANDONED_AT_A_TIME}`);
  return [...rows];
}

type Batch = { items: number; attachments: number };

/** Resolves to whether something is left. */
export async function deleteBatch(pool: PostgresPool, { userId, threadId }: ThreadKey): Promise<boolean> {
  const [batch] = await pool.query((sql) => sql<Batch[]>`
    with thread as (
      -- the time shows other processes that this deletion goes on
      update chatkit_all_threads
      set updated_at = now()
      where user_id = ${userId}
        and id = ${threadId}
        and deleted
      returning 1
    ),
    -- by ctid, not by id: with ids the planner may choose to read all of a long thread for each row
    item as (
      delete from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and ctid = any (array(
          select ctid
          from chatkit_items
          where user_id = ${userId}
            and thread_id = ${threadId}
            and position > 0
            and exists (select from thread)
          order by position
          limit ${BATCH_ROWS}
        ))
      returning 1
    ),
    attachment as (
      update chatkit_attachments
      set deleted = true
      where user_id = ${userId}
        and thread_id = ${threadId}
        and ctid = any (array(
          select ctid
          from chatkit_attachments
          where user_id = ${userId}
            and thread_id = ${threadId}
            and not deleted
            -- those that an item of another thread names stay; those that only items of this one name are marked as these are deleted
            and not exists (
              select
              from chatkit_attachment_uses
              where chatkit_attachment_uses.user_id = chatkit_attachments.user_id
                and attachment_id = chatkit_attachments.id
            )
            and exists (select from thread)
          limit ${BATCH_ROWS}
        ))
      returning 1
    )
    select
      (select count(*)::integer from item) as items,
      (select count(*)::integer from attachment) as attachments`);
  if (batch && Math.max(batch.items, batch.attachments) === BATCH_ROWS) return true;
  await pool.query((sql) => sql`
    delete from chatkit_all_threads
    where user_id = ${userId}
      and id = ${threadId}
      and deleted`);
  return false;
}
