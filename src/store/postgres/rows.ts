import { isHidden, type ThreadItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import type { Sql } from "./lane.ts";
import type { Order, Run } from "../store.ts";

export type DataRow<T> = { data: T };

/** As jsonb: an object or an array, never text, which jsonb would keep as a string. Undefined is SQL's null. */
export function json(sql: Sql, value: object | undefined) {
  return value === undefined ? null : sql.json(value as Parameters<Sql["json"]>[0]);
}

/**
 * One row when the run may write, none when not. The row is locked, so that nobody takes the thread over before what was allowed
 * here is committed: a snapshot alone would not see the other transaction. Every fenced statement locks the run first and the
 * thread after, that none waits for the other.
 */
export function lease(sql: Sql, userId: string, run: Run | undefined) {
  if (!run) return sql`select 1`;
  return sql`
    select 1
    from chatkit_runs
    where user_id = ${userId}
      and thread_id = ${run.threadId}
      and id = ${run.id}
      and expires_at > clock_timestamp()
    for update`;
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

/** One page of a thread's items; the cursor is found by its id, and one that names no row gives the first page. */
export function itemsPage(
  sql: Sql,
  [userId, threadId]: [userId: string, threadId: string],
  [after, limit, order]: [after: string | null, limit: number, order: Order],
  which: "all" | "visible",
) {
  const cursor = sql`
    select position
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      and id = ${after}`;
  return sql`
    select position, data
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      ${which === "visible" ? sql`and not hidden` : sql``}
      and ${past(sql, cursor, order)}
    order by position ${direction(sql, order)}
    limit ${limit}`;
}

/**
 * Written out for either order: each piece that a statement is put together from costs as much as parsing a row, and every page
 * that opens asks for this. For the bound that is always true see the first migration.
 */
export function threadsPage(sql: Sql, userId: string, [after, limit, order]: [after: string | null, limit: number, order: Order]) {
  return order === "asc"
    ? sql<DataRow<ThreadMetadata>[]>`
        select data
        from chatkit_threads
        where user_id = ${userId}
          and position > 0
          and position > coalesce((select position from chatkit_threads where user_id = ${userId} and id = ${after}), 0)
        order by position asc
        limit ${limit}`
    : sql<DataRow<ThreadMetadata>[]>`
        select data
        from chatkit_threads
        where user_id = ${userId}
          and position > 0
          and position < coalesce((select position from chatkit_threads where user_id = ${userId} and id = ${after}), 9223372036854775807)
        order by position desc
        limit ${limit}`;
}

export function direction(sql: Sql, order: Order) {
  return order === "asc" ? sql`asc` : sql`desc`;
}

/**
 * Positions after the cursor's, from either end when it names no row. The bound that is always true lets the indexes by position
 * be used: see the first migration.
 */
function past(sql: Sql, cursor: ReturnType<typeof direction>, order: Order) {
  const beyond = order === "asc" ? sql`> coalesce((${cursor}), 0)` : sql`< coalesce((${cursor}), 9223372036854775807)`;
  return sql`position > 0 and position ${beyond}`;
}
