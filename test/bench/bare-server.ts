// What is compared with: no library, no checks, the two queries of the store by postgres.js and the same JSON.
// `bun bare-server.ts DATABASE_URL USER THREAD`; writes its port.
import postgres from "postgres";

const [url = "", user = "", thread = ""] = process.argv.slice(2);
const sql = postgres(url, { max: 10, fetch_types: false });
type Row = { position?: string; data: Record<string, unknown> };

async function list(): Promise<object> {
  const rows = await sql<Row[]>`
    select data
    from chatkit_threads
    where user_id = ${user}
      and position > 0
      and position < coalesce((select position from chatkit_threads where user_id = ${user} and id = ${null}), 9223372036854775807)
    order by position desc
    limit ${21}`;
  return { data: rows.map(({ data }) => ({ ...data, metadata: {}, items: { data: [], has_more: false } })), has_more: false };
}

async function withItems(): Promise<object> {
  const rows = await sql<Row[]>`
    select 0 as position, data::json
    from chatkit_threads
    where user_id = ${user}
      and id = ${thread}
    union all
    (
      select position, data
      from chatkit_items
      where user_id = ${user}
        and thread_id = ${thread}
        and not hidden
        and position > 0
        and position > coalesce((select position from chatkit_items where user_id = ${user} and thread_id = ${thread} and id = ${null}), 0)
      order by position asc
      limit ${21}
    )
    order by position asc`;
  return { ...rows[0]!.data, metadata: {}, items: { data: rows.slice(1).map(({ data }) => data), has_more: false } };
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  async fetch(request) {
    const { type } = (await request.json()) as { type: string };
    const answer = type === "threads.list" ? await list() : await withItems();
    return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
  },
});
console.log(server.port);
