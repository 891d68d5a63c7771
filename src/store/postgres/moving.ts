import type { ThreadItem } from "../../protocol/items.ts";
import { isHidden } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import type { ThreadKey } from "../deletions.ts";
import { storable } from "../thread-change.ts";
import type { MovedThread, MovedThreads, MovingThread, WhichThreads } from "../upkeep.ts";
import { attachmentsNamedBy } from "../attachment-uses.ts";
import { deleteBatch, markDeleted } from "./deletion.ts";
import type { PostgresPool } from "./pool.ts";
import { asWritten, json, type DataRow } from "./rows.ts";

type ThreadRow = DataRow<ThreadMetadata> & { user_id: string; position: string; updated_at: Date; state: string | null };

export async function threadsAfter(pool: PostgresPool, after: MovedThread | null, limit: number, { userId, since }: WhichThreads): Promise<MovedThreads> {
  const rows = await pool.query((sql) => sql<ThreadRow[]>`
    select user_id, position, data, updated_at,
      (select state from chatkit_run_states where chatkit_run_states.user_id = chatkit_threads.user_id and thread_id = chatkit_threads.id) as state
    from chatkit_threads
    where (user_id, position) > (${after?.userId ?? ""}, ${after?.position ?? 0})
      and position > 0
      ${userId === undefined ? sql`` : sql`and user_id = ${userId}`}
      ${since === undefined ? sql`` : sql`and updated_at >= ${new Date(since)}`}
    order by user_id, position
    limit ${limit}`);
  return rows.map(({ user_id, position, updated_at, data, state }) => ({
    userId: user_id,
    position: Number(position),
    updatedAt: updated_at.getTime(),
    thread: data,
    ...(state !== null && { runState: state }),
  }));
}

/** The JSON of items from a position on. */
export async function itemsAfter(pool: PostgresPool, userId: string, threadId: string, after: number, limit: number) {
  const rows = await pool.query((sql) => sql<(DataRow<ThreadItem> & { position: string })[]>`
    select data, position
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      and position > ${after}
    order by position
    limit ${limit}`);
  return rows.map(({ data, position }) => ({ json: JSON.stringify(data), position: Number(position) }));
}

/** How many threads get their items at the same time: more would wait for a connection. */
const AT_ONCE = 64;

/** Adds threads in this order with items behind those they have; what is there already is replaced and keeps its place. */
export async function moveIn(pool: PostgresPool, threads: readonly MovingThread[]): Promise<void> {
  const heads = threads.map(({ thread: { userId, thread } }) => ({ user_id: userId, data: storable(thread) }));
  // None while a row of a deleted thread with one of these ids exists: that one would come behind the others.
  const save = () => pool.query((sql) => sql`
    with given as (
      select row ->> 'user_id' as user_id, row -> 'data' ->> 'id' as id, row -> 'data' as data, place
      from jsonb_array_elements(${json(sql, heads)}) with ordinality as given (row, place)
    )
    insert into chatkit_threads (user_id, id, data)
    select user_id, id, data
    from given
    where not exists (select from chatkit_all_threads join given using (user_id, id) where deleted)
    order by place
    on conflict (user_id, id) do update
    set data = excluded.data
    where not chatkit_threads.deleted`);
  while ((await save()).count < threads.length) {
    for (const { thread } of threads) while (await deleteBatch(pool, { userId: thread.userId, threadId: thread.thread.id }));
  }
  for (let at = 0; at < threads.length; at += AT_ONCE) await Promise.all(threads.slice(at, at + AT_ONCE).map((one) => addItems(pool, one)));
}

async function addItems(pool: PostgresPool, { thread: { userId, thread, updatedAt }, items }: MovingThread): Promise<void> {
  const rows = items.map((item) => ({
    data: item,
    hidden: isHidden(item),
    pending_call: item.type === "client_tool_call" && item.status === "pending",
    named: [...attachmentsNamedBy(item)],
  }));
  await pool.query((sql) => sql`
    with given as (
      select ordinality as place, value as row
      from json_array_elements(${asWritten(sql, rows)}) with ordinality
    ),
    thread as (
      update chatkit_threads
      set next_position = next_position + ${items.length},
        updated_at = ${new Date(updatedAt)},
        updated_on = (${new Date(updatedAt)}::timestamptz at time zone 'utc')::date
      where user_id = ${userId}
        and id = ${thread.id}
      returning next_position - ${items.length} as start
    ),
    item as (
      insert into chatkit_items (user_id, thread_id, position, id, hidden, pending_call, data)
      select ${userId}, ${thread.id}, start + place - 1, row -> 'data' ->> 'id', (row ->> 'hidden')::boolean, (row ->> 'pending_call')::boolean, row -> 'data'
      from given, thread
      on conflict (user_id, thread_id, id) do update
      set hidden = excluded.hidden,
        pending_call = excluded.pending_call,
        data = excluded.data
    )
    insert into chatkit_attachment_uses (user_id, thread_id, item_id, attachment_id)
    select distinct ${userId}, ${thread.id}, row -> 'data' ->> 'id', attachment_id
    from given, json_array_elements_text(row -> 'named') as attachment_id
    on conflict do nothing`);
}

/** Marks some threads of a user as deleted, and resolves to them. */
export async function markUserDeleted(pool: PostgresPool, userId: string, limit: number): Promise<ThreadKey[]> {
  const rows = await pool.query((sql) => sql<ThreadKey[]>`
    select user_id as "userId", id as "threadId"
    from chatkit_threads
    where user_id = ${userId}
    limit ${limit}`);
  for (const thread of rows) await markDeleted(pool, thread, { userId });
  if (rows.length === 0) {
    await pool.query((sql) => sql`
      update chatkit_attachments
      set deleted = true
      where user_id = ${userId}
        and not deleted`);
  }
  return [...rows];
}
