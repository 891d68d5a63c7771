import { NotFoundError } from "../../errors.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { naming } from "./attachments.ts";
import type { PostgresPool } from "./pool.ts";
import { held, isThere, itemColumns, json, lost, touched } from "./rows.ts";
import type { ThreadChange, ThreadUpdate, UserScope } from "../store.ts";
import { changeThread, clearedFields, storable } from "../thread-change.ts";

/** With a hash of the stored value: it is only replaced if it is still the same. */
type Versioned<T> = { data: T; version: string };
type Written = { held: boolean; written: boolean };

export function updateThread(pool: PostgresPool, threadId: string, update: ThreadUpdate, context: UserScope): Promise<ThreadMetadata> {
  return typeof update === "function" ? rewriteThread(pool, threadId, update, context) : writeFields(pool, threadId, update, context);
}

async function writeFields(pool: PostgresPool, threadId: string, change: ThreadChange, context: UserScope): Promise<ThreadMetadata> {
  const { userId } = context;
  const [row] = await pool.query((sql) => sql<{ held: boolean; thread: ThreadMetadata | null }[]>`
    with held as (${held(sql, threadId, context)}),
    thread as (
      update chatkit_threads
      set data = (data || ${json(sql, storable(change))}) - array(select jsonb_array_elements_text(${json(sql, clearedFields(change))})),
        ${touched(sql)}
      where user_id = ${userId}
        and id = ${threadId}
        and exists (select from held)
      returning data
    )
    select
      exists (select from held) as held,
      (select data from thread) as thread`);
  if (!row?.held) throw await lost(pool, userId, threadId);
  if (!row.thread) throw new NotFoundError("thread", threadId);
  return row.thread;
}

async function rewriteThread(pool: PostgresPool, threadId: string, update: ThreadUpdate, context: UserScope): Promise<ThreadMetadata> {
  const { userId } = context;
  for (;;) {
    const [stored] = await pool.query((sql) => sql<Versioned<ThreadMetadata>[]>`
      select data, md5(data::text) as version
      from chatkit_threads
      where user_id = ${userId}
        and id = ${threadId}`);
    if (!stored) throw new NotFoundError("thread", threadId);
    const thread = changeThread(stored.data, update);
    const [row] = await pool.query((sql) => sql<Written[]>`
      with held as (${held(sql, threadId, context)}),
      thread as (
        update chatkit_threads
        set data = ${json(sql, thread)},
          ${touched(sql)}
        where user_id = ${userId}
          and id = ${threadId}
          and md5(data::text) = ${stored.version}
          and exists (select from held)
        returning 1
      )
      select
        exists (select from held) as held,
        exists (select from thread) as written`);
    if (!row?.held) throw await lost(pool, userId, threadId);
    if (row.written) return thread;
  }
}

/** Reads again when the item was changed in between. Of several who do so at once, one always succeeds. */
export async function updateItem(
  pool: PostgresPool,
  [threadId, itemId]: [threadId: string, itemId: string],
  change: (stored: ThreadItem) => ThreadItem,
  context: UserScope,
): Promise<ThreadItem> {
  const { userId } = context;
  for (;;) {
    const [stored] = await pool.query((sql) => sql<Versioned<ThreadItem>[]>`
      select data, md5(data::text) as version
      from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = ${itemId}
        ${isThere(sql, userId, threadId)}`);
    if (!stored) throw new NotFoundError("item", itemId);
    const item = change(stored.data);
    if (item === stored.data) return item;
    const [row] = await pool.query((sql) => sql<Written[]>`
      with held as (${held(sql, threadId, context)}),
      thread as (
        update chatkit_threads
        set ${touched(sql)}
        where user_id = ${userId}
          and id = ${threadId}
          and exists (select from held)
        returning 1
      ),
      item as (
        update chatkit_items
        set (id, hidden, pending_call, data) = (select ${itemColumns(sql, item)})
        where user_id = ${userId}
          and thread_id = ${threadId}
          and id = ${itemId}
          and md5(data::text) = ${stored.version}
          and exists (select from thread)
        returning 1
      ),
      named as (${naming(sql, userId, threadId, item)})
      select
        exists (select from held) as held,
        exists (select from item) as written`);
    if (!row?.held) throw await lost(pool, userId, threadId);
    if (row.written) return item;
  }
}
