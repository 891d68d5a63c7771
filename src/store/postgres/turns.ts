import { NotFoundError } from "../../errors.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../../protocol/items.ts";
import { requireUserMessage } from "../base-store.ts";
import type { Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { isThere, json, lease } from "./rows.ts";
import { lostLease } from "../process-runs.ts";
import type { Run } from "../store.ts";

type ThreadKey = [userId: string, threadId: string];
type Completion = { held: boolean; found: boolean; completed: ClientToolCallItem | null };

/** Not safe to send twice: the second time there would be nothing pending. */
export async function completeClientToolCall(pool: PostgresPool, key: ThreadKey, output: unknown, run: Run | undefined) {
  const [userId, threadId] = key;
  const [row] = await pool.query((sql) => sql<Completion[]>`
    with lease as (${lease(sql, userId, run)}),
    pending as (${lockedPendingCalls(sql, key)}),
    completed as (
      update chatkit_items
      set pending_call = false,
        data = data || ${json(sql, { status: "completed", output })}
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = (select id from pending order by position desc limit 1)
      returning data
    ),
    dropped as (
      delete from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and pending_call
        and position < (select max(position) from pending)
    )
    select
      exists (select from lease) as held,
      exists (select from chatkit_threads where user_id = ${userId} and id = ${threadId}) as found,
      (select data from completed) as completed`, "unsafe");
  if (!row?.held) throw lostLease();
  if (!row.found) throw new NotFoundError("thread", threadId);
  return row.completed;
}

/** @throws ChatKitError conflict, item_not_found or invalid_request */
export async function deleteItemsAfter(pool: PostgresPool, key: ThreadKey, itemId: string, run: Run | undefined): Promise<UserMessageItem> {
  const [userId, threadId] = key;
  const [row] = await pool.query((sql) => sql<{ held: boolean; message: ThreadItem | null }[]>`
    with lease as (${lease(sql, userId, run)}),
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
        -- with one bound alone the planner expects a third of the thread, and may read the whole table
        and position between 1 and 9223372036854775807
        and exists (select from lease)
    )
    select
      exists (select from lease) as held,
      (select data from message) as message`);
  if (!row?.held) throw lostLease();
  if (!row.message) throw new NotFoundError("item", itemId);
  return requireUserMessage(row.message);
}

function lockedPendingCalls(sql: Sql, [userId, threadId]: ThreadKey) {
  return sql`
    select id, position
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      and position > 0
      and pending_call
      and exists (select from lease)
    order by position desc
    for update`;
}
