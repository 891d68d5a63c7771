import { NotFoundError } from "../../errors.ts";
import { isHidden, type ThreadItem } from "../../protocol/items.ts";
import { LostRun } from "../lost-run.ts";
import type { Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { runOn, type UserScope } from "../store.ts";

export type DataRow<T> = { data: T };

/** As jsonb: an object or an array, never text, which jsonb would keep as a string. Undefined is SQL's null. */
export function json(sql: Sql, value: object | undefined) {
  return value === undefined ? null : sql.json(value as Parameters<Sql["json"]>[0]);
}

/**
 * One row when what the context writes to that thread may be written, none when its run has lost it. The run's row is locked, so that
 * nobody takes the thread over before what was allowed here is committed: a snapshot alone would not see the other transaction.
 * Every fenced statement locks the run first and the thread after, that none waits for the other.
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

/** Why a run does not hold its thread. */
export async function lost(pool: PostgresPool, userId: string, threadId: string): Promise<LostRun | NotFoundError> {
  const { count } = await pool.query((sql) => sql`
    select
    from chatkit_threads
    where user_id = ${userId}
      and id = ${threadId}`);
  return count > 0 ? new LostRun() : new NotFoundError("thread", threadId);
}

/** What marks a thread as written to; the day is a column of its own for its index. */
export function touched(sql: Sql) {
  return sql`updated_at = now(), updated_on = (now() at time zone 'utc')::date`;
}

/** The columns of an item, for `select` lists; its place is the caller's. */
export function itemColumns(sql: Sql, item: ThreadItem) {
  const pendingCall = item.type === "client_tool_call" && item.status === "pending";
  return sql`${item.id}::text, ${isHidden(item)}::boolean, ${pendingCall}::boolean, ${json(sql, item)}::jsonb`;
}

/** That the thread of items is there: those of a deleted one stay for a while. */
export function isThere(sql: Sql, userId: string, threadId: string) {
  return sql`
    and exists (
      select
      from chatkit_threads
      where user_id = ${userId}
        and id = ${threadId}
    )`;
}
