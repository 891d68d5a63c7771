import { NotFoundError } from "../../errors.ts";
import { isHidden, type ThreadItem } from "../../protocol/items.ts";
import { LostRun } from "../lost-run.ts";
import { JSON_TYPE, type Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { runOn, type UserScope } from "../store.ts";

export type DataRow<T> = { data: T };

/** A value for a jsonb column. Must not be JSON text, which would be stored as a string. Undefined becomes null. */
export function json(sql: Sql, value: object | undefined) {
  return value === undefined ? null : sql.json(value as Parameters<Sql["json"]>[0]);
}

/** A value for a column that keeps it letter for letter. */
export function asWritten(sql: Sql, value: object) {
  return sql.typed(value as never, JSON_TYPE);
}

/**
 * One row if the context may write to the thread, none if its run has lost it. The run's row is locked, so that nobody can take the
 * thread over before this statement is committed; its snapshot alone would not notice. All statements lock the run before the thread:
 * with different orders two of them could wait for each other.
 */
export function held(sql: Sql, threadId: string, context: UserScope) {
  const run = runOn(threadId, context);
  if (!run) return sql`select 1`;
  return sql`
    select 1
    from chatkit_runs
    where user_id = ${context.userId}
      and thread_id = ${threadId}
      and id = ${run.id}
    for update`;
}

/** The error for a run that does not hold its thread. */
export async function lost(pool: PostgresPool, userId: string, threadId: string): Promise<LostRun | NotFoundError> {
  const { count } = await pool.query((sql) => sql`
    select
    from chatkit_threads
    where user_id = ${userId}
      and id = ${threadId}`);
  return count > 0 ? new LostRun() : new NotFoundError("thread", threadId);
}

/** Sets when a thread was last written to. The day has a column of its own, for its index. */
export function touched(sql: Sql) {
  return sql`updated_at = now(), updated_on = (now() at time zone 'utc')::date`;
}

/** The columns of an item, for a `select` list, except its position. */
export function itemColumns(sql: Sql, item: ThreadItem) {
  const pendingCall = item.type === "client_tool_call" && item.status === "pending";
  return sql`${item.id}::text, ${isHidden(item)}::boolean, ${pendingCall}::boolean, ${asWritten(sql, item)}::json`;
}

/** The part `thread` of a statement: takes the next position of the thread, if the statement's part `held` has a row. */
export function nextPosition(sql: Sql, userId: string, threadId: string) {
  return sql`
    update chatkit_threads
    set next_position = next_position + 1,
      ${touched(sql)}
    where user_id = ${userId}
      and id = ${threadId}
      and exists (select from held)
    returning data, next_position - 1 as position`;
}

/** Stores an item at the position that the statement's part `thread` returns; one with the same id keeps its place. */
export function appending(sql: Sql, userId: string, threadId: string, item: ThreadItem) {
  return sql`
    insert into chatkit_items (user_id, thread_id, position, id, hidden, pending_call, data)
    select ${userId}, ${threadId}, position, ${itemColumns(sql, item)}
    from thread
    on conflict (user_id, thread_id, id) do update
    set hidden = excluded.hidden,
      pending_call = excluded.pending_call,
      data = excluded.data`;
}

/** A condition: only items of a thread that is not deleted. Those of a deleted one stay for a while. */
export function isThere(sql: Sql, userId: string, threadId: string) {
  return sql`
    and exists (
      select
      from chatkit_threads
      where user_id = ${userId}
        and id = ${threadId}
    )`;
}
