import type postgres from "postgres";
import type { ThreadItem } from "../../protocol/items.ts";
import { MAX_PAGE_BYTES } from "../../protocol/requests.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import { threadWithItems, toPage } from "../page.ts";
import type { Order } from "../store.ts";
import type { Sql } from "./lane.ts";
import type { PostgresPool } from "./pool.ts";
import { isThere, type DataRow } from "./rows.ts";

/**
 * Pages of a bounded size. The first statement leaves out the data of rows that are larger than an equal share of the page. Only if there
 * are such rows, a second statement counts bytes and reads what fits. Always counting would make ordinary pages a tenth slower.
 */

type Fragment = postgres.Fragment;
type ThreadKey = [userId: string, threadId: string];
type Paging = [after: string | null, limit: number, order: Order];
/** The driver returns 64-bit numbers as text. */
type PositionedRow = { position: string; data: unknown };

export async function readThreads(pool: PostgresPool, userId: string, paging: Paging): Promise<Page<ThreadMetadata>> {
  const [, limit, order] = paging;
  const quick = await pool.query((sql) => threadsPage(sql, userId, paging));
  const rows = isWhole(quick) ? quick : await pool.query((sql) => counted<DataRow<ThreadMetadata>>(sql, threadRows(sql, userId, paging), order));
  return toPage(rows.map(({ data }) => data), limit);
}

export async function readItems(pool: PostgresPool, key: ThreadKey, paging: Paging): Promise<Page<ThreadItem>> {
  const [, limit, order] = paging;
  const quick = await pool.query((sql) => itemsPage(sql, key, paging, "all"));
  const rows = isWhole(quick) ? quick : await pool.query((sql) => counted<PositionedRow>(sql, itemRows(sql, key, paging, "all"), order));
  return toPage(rows.map(({ data }) => data as ThreadItem | null), limit);
}

/** @throws NotFoundError */
export async function readThreadWithItems(pool: PostgresPool, key: ThreadKey, paging: Paging) {
  const [, limit, order] = paging;
  const rows = await pool.query((sql) => withThread(sql, key, itemsPage(sql, key, paging, "visible"), order));
  return isWhole(rows) ? threadWithItems(rows.map(positioned), key[1], limit) : countThreadWithItems(pool, key, paging);
}

/** The first page, oldest first. Written out for speed (see `threadsPage`), since every thread is opened with it. @throws NotFoundError */
export async function openThread(pool: PostgresPool, key: ThreadKey, limit: number) {
  const [userId, threadId] = key;
  const rows = await pool.query((sql) => sql<PositionedRow[]>`
    select 0 as position, data::json
    from chatkit_threads
    where user_id = ${userId}
      and id = ${threadId}
    union all
    (
      select position, case when bytes <= ${share(limit)} then data end
      from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and not hidden
        and position > 0
      order by position asc
      limit ${limit + 1}
    )
    order by position asc`);
  return isWhole(rows) ? threadWithItems(rows.map(positioned), threadId, limit) : countThreadWithItems(pool, key, [null, limit, "asc"]);
}

async function countThreadWithItems(pool: PostgresPool, key: ThreadKey, paging: Paging) {
  const [, limit, order] = paging;
  const rows = await pool.query((sql) => withThread(sql, key, counted(sql, itemRows(sql, key, paging, "visible"), order), order));
  return threadWithItems(rows.map(positioned), key[1], limit);
}

/** The bytes that each row may have, if all rows of a page and the surplus one are to fit. */
const share = (limit: number) => Math.floor(MAX_PAGE_BYTES / (limit + 1));

const isWhole = (rows: readonly { data: unknown }[]) => rows.every(({ data }) => data !== null);

function positioned({ position, data }: PositionedRow): { position: number; data: unknown } {
  return { position: Number(position), data };
}

/** The rows that fit into a page, but at least the first, and the row after them without its data. */
function counted<Row extends { data: unknown } = PositionedRow>(sql: Sql, rows: Fragment, order: Order) {
  const window = sql`(order by position ${direction(sql, order)} rows unbounded preceding)`;
  return sql<Row[]>`
    select position, case when total <= ${MAX_PAGE_BYTES} or place = 1 then data end as data
    from (
      select position, data, bytes, sum(bytes) over ${window} as total, row_number() over ${window} as place
      from (${rows}) as page
    ) as page
    where total - bytes <= ${MAX_PAGE_BYTES} or place = 2
    order by position ${direction(sql, order)}`;
}

function withThread(sql: Sql, [userId, threadId]: ThreadKey, items: Fragment, order: Order) {
  return sql<PositionedRow[]>`
    select 0 as position, data::json
    from chatkit_threads
    where user_id = ${userId}
      and id = ${threadId}
    union all
    (${items})
    order by position ${direction(sql, order)}`;
}

function itemsPage(sql: Sql, key: ThreadKey, paging: Paging, which: "all" | "visible") {
  return sql<PositionedRow[]>`
    select position, case when bytes <= ${share(paging[1])} then data end as data
    ${itemsFrom(sql, key, paging, which)}`;
}

function itemRows(sql: Sql, key: ThreadKey, paging: Paging, which: "all" | "visible"): Fragment {
  return sql`select position, data, bytes ${itemsFrom(sql, key, paging, which)}`;
}

/**
 * The cursor is found by its id; one that names no row gives the first page. With `visible` it is not checked that the thread exists:
 * the callers read the thread in the same statement.
 */
function itemsFrom(sql: Sql, [userId, threadId]: ThreadKey, [after, limit, order]: Paging, which: "all" | "visible"): Fragment {
  const cursor = sql`
    select position
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      and id = ${after}`;
  return sql`
    from chatkit_items
    where user_id = ${userId}
      and thread_id = ${threadId}
      ${which === "visible" ? sql`and not hidden` : isThere(sql, userId, threadId)}
      and ${past(sql, cursor, order)}
    order by position ${direction(sql, order)}
    limit ${limit + 1}`;
}

/**
 * Written out for each order, since every page of the client asks for it when it opens: each piece that a statement is made of costs as
 * much time as parsing a row. For the bound that is always true see the first migration.
 */
function threadsPage(sql: Sql, userId: string, [after, limit, order]: Paging) {
  return order === "asc"
    ? sql<DataRow<ThreadMetadata | null>[]>`
        select case when bytes <= ${share(limit)} then data end as data
        from chatkit_threads
        where user_id = ${userId}
          and position > 0
          and position > coalesce((select position from chatkit_threads where user_id = ${userId} and id = ${after}), 0)
        order by position asc
        limit ${limit + 1}`
    : sql<DataRow<ThreadMetadata | null>[]>`
        select case when bytes <= ${share(limit)} then data end as data
        from chatkit_threads
        where user_id = ${userId}
          and position > 0
          and position < coalesce((select position from chatkit_threads where user_id = ${userId} and id = ${after}), 9223372036854775807)
        order by position desc
        limit ${limit + 1}`;
}

function threadRows(sql: Sql, userId: string, [after, limit, order]: Paging): Fragment {
  const cursor = sql`select position from chatkit_threads where user_id = ${userId} and id = ${after}`;
  return sql`
    select position, data, bytes
    from chatkit_threads
    where user_id = ${userId}
      and ${past(sql, cursor, order)}
    order by position ${direction(sql, order)}
    limit ${limit + 1}`;
}

function direction(sql: Sql, order: Order) {
  return order === "asc" ? sql`asc` : sql`desc`;
}

/**
 * Positions after that of the cursor, or all when it names no row. The bound that is always true makes PostgreSQL use the indexes by
 * position: see the first migration.
 */
function past(sql: Sql, cursor: Fragment, order: Order) {
  const beyond = order === "asc" ? sql`> coalesce((${cursor}), 0)` : sql`< coalesce((${cursor}), 9223372036854775807)`;
  return sql`position > 0 and position ${beyond}`;
}
