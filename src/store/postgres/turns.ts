import { NotFoundError } from "../../errors.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../../protocol/items.ts";
import { requireUserMessage } from "../base-store.ts";
import type { Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { asWritten, held, isThere, lost } from "./rows.ts";
import { runOn, type UserScope } from "../store.ts";

type Completion = { held: boolean; found: boolean; completed: ClientToolCallItem | null };

/** Must not be sent twice: the second time nothing would be pending. */
export async function completeClientToolCall(pool: PostgresPool, threadId: string, output: unknown, context: UserScope) {
  const { userId } = context;
  const [row] = await pool.query((sql) => sql<Completion[]>`
    with held as (${held(sql, threadId, context)}),
    pending as (${lockedPendingCalls(sql, userId, threadId)}),
    newest as (
      select id, position
      from pending
      where not exists (
        select from chatkit_items
        where user_id = ${userId}
          and thread_id = ${threadId}
          and position > (select max(position) from pending)
          -- with one bound alone the planner expects a third of the thread's items, and may read the whole table
          and position between 1 and 9223372036854775807
          and data ->> 'type' = 'user_message'
      )
      order by position desc
      limit 1
    ),
    completed as (
      update chatkit_items
      set pending_call = false,
        data = (${withOutput(sql, output)})
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = (select id from newest)
      returning data
    ),
    dropped as (
      delete from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and pending_call
        and position < (select position from newest)
    )
    select
      exists (select from held) as held,
      exists (select from chatkit_threads where user_id = ${userId} and id = ${threadId}) as found,
      (select data from completed) as completed`, "unsafe");
  if (!row?.held) throw await lost(pool, userId, threadId);
  if (!row.found) throw new NotFoundError("thread", threadId);
  return row.completed;
}

/** The call in `data` with its output. Its fields stay letter for letter, and where they are. */
function withOutput(sql: Sql, output: unknown) {
  return sql`
    with given as (select ${asWritten(sql, { output })}::json -> 'output' as output),
    field as (select * from json_each(data) with ordinality as field (key, value, place))
    select json_object_agg(key, value order by place)
    from (
      select key, place,
        case key when 'status' then '"completed"' when 'output' then coalesce(given.output, value) else value end as value
      from field, given
      union all
      select 'output', 1000, output
      from given
      where output is not null
        and not exists (select from field where key = 'output')
    ) as completed`;
}

/** @throws LostRun, or ChatKitError item_not_found or invalid_request */
export async function deleteItemsAfter(pool: PostgresPool, threadId: string, itemId: string, context: UserScope): Promise<UserMessageItem> {
  const { userId } = context;
  const [row] = await pool.query((sql) => sql<{ held: boolean; message: ThreadItem | null }[]>`
    with held as (${held(sql, threadId, context)}),
    message as (
      select position, data
      from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = ${itemId}
        ${isThere(sql, userId, threadId)}
    ),
    deleted as (
      delete from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and position > (select position from message where data ->> 'type' = 'user_message')
        -- with one bound alone the planner expects a third of the thread's items, and may read the whole table
        and position between 1 and 9223372036854775807
        and exists (select from held)
      returning id
    ),
    forgotten as (${forgetting(sql, userId, threadId, sql`select id from deleted`)}),
    paused as (
      delete from chatkit_run_states
      where user_id = ${userId}
        and thread_id = ${threadId}
        and exists (select from message where data ->> 'type' = 'user_message')
        and exists (select from held)
    )
    select
      exists (select from held) as held,
      (select data from message) as message`);
  if (!row?.held) throw await lost(pool, userId, threadId);
  if (!row.message) throw new NotFoundError("item", itemId);
  return requireUserMessage(row.message);
}

export async function deleteThreadItem(pool: PostgresPool, threadId: string, itemId: string, context: UserScope): Promise<void> {
  const { userId } = context;
  const [row] = await pool.query((sql) => sql<{ held: boolean }[]>`
    with held as (${held(sql, threadId, context)}),
    forgotten as (${forgetting(sql, userId, threadId, sql`select ${itemId}::text from held`)}),
    item as (
      delete from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = ${itemId}
        and exists (select from held)
    )
    select exists (select from held) as held`);
  if (!row?.held) throw await lost(pool, userId, threadId);
}

export async function saveRunState(pool: PostgresPool, threadId: string, state: string, context: UserScope): Promise<void> {
  const { userId } = context;
  const { count } = await pool.query((sql) => sql`
    with held as (${held(sql, threadId, context)})
    insert into chatkit_run_states (user_id, thread_id, state)
    select user_id, id, ${state}
    from chatkit_threads
    where user_id = ${userId}
      and id = ${threadId}
      and exists (select from held)
    on conflict (user_id, thread_id) do update
    set state = excluded.state`);
  if (count === 0) throw runOn(threadId, context) ? await lost(pool, userId, threadId) : new NotFoundError("thread", threadId);
}

/** Must not be sent twice: the second time there would be nothing to take. */
export async function takeRunState(pool: PostgresPool, threadId: string, context: UserScope): Promise<string | null> {
  const { userId } = context;
  const run = runOn(threadId, context);
  const [row] = await pool.query((sql) => sql<{ held: boolean; state: string | null }[]>`
    with held as (${held(sql, threadId, context)}),
    taken as (
      delete from chatkit_run_states
      where user_id = ${userId}
        and thread_id = ${threadId}
        and exists (select from held)
      returning state
    ),
    kept as (
      update chatkit_runs
      set state = taken.state
      from taken
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = ${run?.id ?? null}
    )
    select
      exists (select from held) as held,
      (select state from taken) as state`, "unsafe");
  if (!row?.held) throw await lost(pool, userId, threadId);
  return row.state;
}

/** Removes deleted items from the checkpoint of the thread's run, which could bring them back. */
function forgetting(sql: Sql, userId: string, threadId: string, ids: ReturnType<Sql>) {
  return sql`
    update chatkit_runs
    set pending = coalesce(
      (
        select jsonb_agg(item order by number)
        from jsonb_array_elements(pending) with ordinality as begun (item, number)
        where item ->> 'id' not in (${ids})
      ),
      '[]'
    )
    where user_id = ${userId}
      and thread_id = ${threadId}
      and pending <> '[]'
      and exists (${ids})`;
}

function lockedPendingCalls(sql: Sql, userId: string, threadId: string) {
  return sql`
    select id, position
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      and position > 0
      and pending_call
      and exists (select from held)
    order by position desc
    for update`;
}
