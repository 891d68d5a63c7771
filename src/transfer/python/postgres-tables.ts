import postgres from "postgres";
import type { Row, Table, TableSource } from "./tables.ts";

const ROWS = 500;
/** Times without a zone are UTC, as Python servers mean them; the driver would read them in the zone of this machine. */
const NAIVE = { to: 1114, from: [1114], serialize: (value: string) => value, parse: (value: string) => value };

/** The tables of a PostgreSQL database, of the schema that its role sees first. */
export function postgresTables(url: string): TableSource {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {}, types: { naive: NAIVE }, connection: { default_transaction_read_only: true } });
  return {
    async tables() {
      return [
        ...(await sql<Table[]>`
          select table_name as name, json_agg(column_name order by ordinal_position) as columns
          from information_schema.columns
          where table_schema = current_schema()
          group by table_name
          order by table_name`),
      ];
    },
    async *rows({ name }, order) {
      const by = order.length === 0 ? sql`ctid` : sql`${order.map((column, i) => (i === 0 ? sql`${sql(column)}` : sql`, ${sql(column)}`))}, ctid`;
      for await (const rows of sql<Row[]>`select * from ${sql(name)} order by ${by}`.cursor(ROWS)) yield* rows;
    },
    async close() {
      await sql.end({ timeout: 5 });
    },
  };
}
