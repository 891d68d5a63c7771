import { ChatKitError, NotFoundError } from "../../errors.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { AlreadyOpen } from "../already-open.ts";
import { cutOffItems } from "../cut-off.ts";
import { binding, naming } from "./attachments.ts";
import { deleteBatch } from "./deletion.ts";
import { isUniqueViolation } from "./errors.ts";
import type { Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { appending, asWritten, json, lost, nextPosition, touched } from "./rows.ts";
import type { IsDead, Run, RunInput, RunOpening } from "../store.ts";
import { requireActive } from "../thread-change.ts";

type Same = { id: string; thread_id: string; message_id: string | null };
type Holder = { id: string; expired: boolean };
type Opened = { thread: ThreadMetadata | null; found: ThreadMetadata | null; holder: Holder | null; same: Same | null };
type DeadRow = {
  user_id: string;
  thread_id: string;
  id: string;
  pending: ThreadItem[];
  /** A hash of `pending` and the lease: changes when the run is renewed. */
  version: string;
  input: RunInput | null;
  stored: string[];
  last: Pick<ThreadItem, "type"> | null;
};

/** How many runs one call of `recoverRuns` closes at most, so that it is short; the next call takes the rest. */
const MAX_RECOVERED = 1000;
/** Runs read at once: each may have left a megabyte. */
const RECOVERY_BATCH = 20;

/** @throws NotFoundError, or ChatKitError thread_locked, thread_closed, thread_busy; AlreadyOpen */
export async function openRun(pool: PostgresPool, userId: string, opening: RunOpening, isDead: IsDead): Promise<ThreadMetadata> {
  const { run, create } = opening;
  const opened = await tryOpening(pool, userId, opening).catch((error: unknown) => {
    // Another process has just opened a run for the same request; the second try finds it.
    if (opening.fingerprint !== undefined && isUniqueViolation(error)) return tryOpening(pool, userId, opening);
    throw error;
  });
  if (opened.thread) return opened.thread;
  if (opened.same) throw new AlreadyOpen({ id: opened.same.id, threadId: opened.same.thread_id }, opened.same.message_id ?? "");
  const known = create ?? opened.found;
  if (!known) throw new NotFoundError("thread", run.threadId);
  requireActive(known);
  const { holder } = opened;
  if (holder && !(holder.expired && isDead(holder.id))) throw new ChatKitError("thread_busy");
  // The holder has died. What it left is stored before the new message; several may try that, and the first does it.
  if (holder) await closeDead(pool, await loadDead(pool, (sql) => isRun(sql, userId, { ...run, id: holder.id })));
  // Without a holder, the thread was taken or deleted just now, or rows of a deleted thread with this id still exist.
  else if (create) while (await deleteBatch(pool, { userId, threadId: run.threadId }));
  const second = await tryOpening(pool, userId, opening);
  if (second.thread) return second.thread;
  throw create || second.found ? new ChatKitError("thread_busy") : new NotFoundError("thread", run.threadId);
}

/**
 * Writes thread, lease, message and attachments in one statement: all of it, or nothing. Opening the same run again succeeds, since the
 * answer to the first try may have been lost.
 */
async function tryOpening(pool: PostgresPool, userId: string, opening: RunOpening): Promise<Opened> {
  const { run, create, message, attachments = [], fingerprint = null } = opening;
  const [row] = await pool.query((sql) => sql<Opened[]>`
    with found as (
      select data, next_position
      from chatkit_threads
      where user_id = ${userId}
        and id = ${run.threadId}
    ),
    same as (
      select id, thread_id, message_id
      from chatkit_runs
      where user_id = ${userId}
        and fingerprint = ${fingerprint}
        and id <> ${run.id}
    ),
    held as (${taking(sql, userId, opening)}),
    thread as (${create ? creation(sql, userId, create) : nextPosition(sql, userId, run.threadId)}),
    message as (${message ? appending(sql, userId, run.threadId, message) : sql`select 1`}),
    attachments as (${attachments.length > 0 ? binding(sql, userId, attachments) : sql`select 1`}),
    named as (${naming(sql, userId, run.threadId, message)})
    select
      (select data from thread) as thread,
      (select data from found) as found,
      (select to_jsonb(same) from same) as same,
      (
        select jsonb_build_object('id', id, 'expired', expires_at <= clock_timestamp())
        from chatkit_runs
        where user_id = ${userId}
          and thread_id = ${run.threadId}
          and id <> ${run.id}
      ) as holder`);
  return row ?? { thread: null, found: null, holder: null, same: null };
}

function taking(sql: Sql, userId: string, { run, create, message, fingerprint, input }: RunOpening) {
  const isActive = create
    ? sql`not exists (select from chatkit_all_threads where user_id = ${userId} and id = ${run.threadId} and deleted)`
    : sql`exists (select from found where data -> 'status' ->> 'type' = 'active')`;
  return sql`
    insert into chatkit_runs (user_id, thread_id, id, fingerprint, message_id, input, start_position, expires_at)
    select ${userId}, ${run.threadId}, ${run.id}, ${fingerprint ?? null}, ${message?.id ?? null}, ${json(sql, input)},
      coalesce((select next_position from found), 1),
      clock_timestamp() + ${run.leaseMs} * interval '1 millisecond'
    where ${isActive}
      and not exists (select from same)
    on conflict (user_id, thread_id) do update
    set expires_at = excluded.expires_at,
      input = excluded.input
    where chatkit_runs.id = excluded.id
    returning 1`;
}

function creation(sql: Sql, userId: string, thread: ThreadMetadata) {
  return sql`
    insert into chatkit_threads (user_id, id, data, next_position)
    select ${userId}, ${thread.id}, ${json(sql, thread)}::jsonb, 2
    from held
    on conflict (user_id, id) do update
    set data = excluded.data,
      next_position = chatkit_threads.next_position + 1,
      ${touched(sql)}
    where not chatkit_threads.deleted
    returning data, next_position - 1 as position`;
}

/** @throws LostRun, or NotFoundError when the thread is gone */
export async function recordInput(pool: PostgresPool, userId: string, run: Run, input: RunInput): Promise<void> {
  const { count } = await pool.query((sql) => sql`
    update chatkit_runs
    set input = ${json(sql, input)}
    where user_id = ${userId}
      and thread_id = ${run.threadId}
      and id = ${run.id}`);
  if (count === 0) throw await lost(pool, userId, run.threadId);
}

/** @throws LostRun, or NotFoundError when the thread is gone */
export async function checkpointRun(pool: PostgresPool, userId: string, run: Run, pending: ThreadItem[] | null): Promise<void> {
  const { count } = await pool.query((sql) => sql`
    update chatkit_runs
    set expires_at = clock_timestamp() + ${run.leaseMs} * interval '1 millisecond',
      ${pending ? sql`pending = ${json(sql, pending)},` : sql``}
      start_position = (select next_position from chatkit_threads where user_id = ${userId} and id = ${run.threadId})
    where user_id = ${userId}
      and thread_id = ${run.threadId}
      and id = ${run.id}`);
  if (count === 0) throw await lost(pool, userId, run.threadId);
}

export async function closeRun(pool: PostgresPool, userId: string, run: Run): Promise<boolean> {
  const { count } = await pool.query((sql) => sql`
    delete from chatkit_runs
    where user_id = ${userId}
      and thread_id = ${run.threadId}
      and id = ${run.id}`);
  return count > 0;
}

/** Writes a last checkpoint, and then closes the run like one whose process has died. */
export async function cutOffRun(pool: PostgresPool, userId: string, run: Run, pending: ThreadItem[]): Promise<boolean> {
  await checkpointRun(pool, userId, run, pending);
  const [row] = await loadLeft(pool, (sql) => isRun(sql, userId, run));
  return row !== undefined && storeCutOff(pool, row);
}

export async function leaseLeft(pool: PostgresPool, userId: string, { id, threadId }: Pick<Run, "id" | "threadId">): Promise<number | null> {
  const [row] = await pool.query((sql) => sql<{ left: number }[]>`
    select (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as left
    from chatkit_runs
    where user_id = ${userId}
      and thread_id = ${threadId}
      and id = ${id}`);
  return row ? Math.max(0, row.left) : null;
}

/** Reads across users, since a dead process cannot say whose runs it had. Each write is again for one user. */
export async function recoverRuns(pool: PostgresPool, isDead: IsDead): Promise<number> {
  const expired = await pool.query((sql) => sql<{ id: string }[]>`
    select id
    from chatkit_runs
    where expires_at <= clock_timestamp()
    order by expires_at
    limit ${MAX_RECOVERED}
    -- only to see that the database takes writes: otherwise nobody could have renewed a lease
    for update skip locked`);
  const dead = expired.map(({ id }) => id).filter(isDead);
  let closed = 0;
  while (dead.length > 0) {
    const batch = dead.splice(0, RECOVERY_BATCH);
    closed += await closeDead(pool, await loadDead(pool, (sql) => sql`id in (select jsonb_array_elements_text(${json(sql, batch)}))`));
  }
  return closed;
}

function loadDead(pool: PostgresPool, scope: (sql: Sql) => ReturnType<Sql>): Promise<DeadRow[]> {
  return loadLeft(pool, (sql) => sql`${scope(sql)} and expires_at <= clock_timestamp()`);
}

/** Runs, each with what its thread already has of its answer. */
function loadLeft(pool: PostgresPool, which: (sql: Sql) => ReturnType<Sql>): Promise<DeadRow[]> {
  return pool.query((sql) => sql<DeadRow[]>`
    select user_id, thread_id, id, pending, ${version(sql)} as version, input,
      (
        select coalesce(jsonb_agg(chatkit_items.id), '[]')
        from jsonb_array_elements(pending) as begun
        join chatkit_items on chatkit_items.user_id = run.user_id
          and chatkit_items.thread_id = run.thread_id
          and chatkit_items.id = begun ->> 'id'
      ) as stored,
      (
        select jsonb_build_object('type', data -> 'type')
        from chatkit_items
        where chatkit_items.user_id = run.user_id
          and chatkit_items.thread_id = run.thread_id
          and position > 0
          and position >= start_position
          and not hidden
        order by position desc
        limit 1
      ) as last
    from chatkit_runs as run
    where ${which(sql)}
    order by expires_at
    limit ${MAX_RECOVERED}`);
}

function isRun(sql: Sql, userId: string, { threadId, id }: Run): ReturnType<Sql> {
  return sql`user_id = ${userId} and thread_id = ${threadId} and id = ${id}`;
}

function version(sql: Sql) {
  return sql`md5(concat(extract(epoch from expires_at), pending))`;
}

async function closeDead(pool: PostgresPool, dead: DeadRow[]): Promise<number> {
  let closed = 0;
  for (const row of dead) if (await storeCutOff(pool, row)) closed++;
  return closed;
}

/** False when somebody else has done it, or the run was renewed since it was read. */
async function storeCutOff(pool: PostgresPool, row: DeadRow): Promise<boolean> {
  const { user_id, thread_id, id, pending, stored, last, input } = row;
  const items = cutOffItems(thread_id, { pending, stored: new Set(stored), last: last ?? undefined, input: input ?? undefined });
  const { count } = await pool.query((sql) => sql`
    with dead as (
      delete from chatkit_runs
      where user_id = ${user_id}
        and thread_id = ${thread_id}
        and id = ${id}
        and ${version(sql)} = ${row.version}
      returning state
    ),
    thread as (
      update chatkit_threads
      set next_position = next_position + ${items.length},
        ${touched(sql)}
      where user_id = ${user_id}
        and id = ${thread_id}
        and exists (select from dead)
      returning next_position - ${items.length} - 1 as last
    ),
    items as (
      insert into chatkit_items (user_id, thread_id, position, id, hidden, pending_call, data)
      select ${user_id}, ${thread_id}, last + number, item ->> 'id', item ->> 'type' = 'sdk_hidden_context', false, item
      from thread, json_array_elements(${asWritten(sql, items)}) with ordinality as cut_off (item, number)
      -- the item was finished since the run was read
      on conflict (user_id, thread_id, id) do nothing
    ),
    state as (
      insert into chatkit_run_states (user_id, thread_id, state)
      select ${user_id}, ${thread_id}, state
      from dead
      where state is not null
      -- a state that is there was saved later
      on conflict (user_id, thread_id) do nothing
    )
    select 1
    from dead`);
  return count > 0;
}
