import { Database } from "bun:sqlite";
import type { Row, Table, TableSource } from "./tables.ts";

/** The tables of an SQLite file. @throws the errors of SQLite */
export function sqliteTables(path: string): TableSource {
  const db = new Database(path, { readonly: true });
  return {
    async tables() {
      const names = db.query("select name from sqlite_schema where type = 'table' order by name").all() as { name: string }[];
      const columns = db.query("select name from pragma_table_info(?1)");
      return names.map(({ name }) => ({ name, columns: (columns.all(name) as { name: string }[]).map((column) => column.name) }));
    },
    async *rows({ name }: Table, order) {
      const by = [...order, "rowid"].map((column) => (column === "rowid" ? column : quoted(column)));
      const statement = db.prepare(`select * from ${quoted(name)} order by ${by.join(", ")}`);
      try {
        yield* statement.iterate() as IterableIterator<Row>;
      } finally {
        statement.finalize();
      }
    },
    async close() {
      db.close();
    },
  };
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
