/// <reference path="../sql.d.ts" />
import threads from "../../../sql/sqlite/0001_threads.sql" with { type: "text" };
import runStates from "../../../sql/sqlite/0002_run_states.sql" with { type: "text" };
import fingerprints from "../../../sql/sqlite/0003_run_fingerprints.sql" with { type: "text" };
import deletedThreads from "../../../sql/sqlite/0004_deleted_threads.sql" with { type: "text" };
import ownership from "../../../sql/sqlite/0005_run_ownership.sql" with { type: "text" };
import attachmentUses from "../../../sql/sqlite/0006_attachment_uses.sql" with { type: "text" };
import cancelledSessions from "../../../sql/sqlite/0007_cancelled_sessions.sql" with { type: "text" };
import { defineMigrations, notOurs, type AppliedMigration, type Foreign, type Migration, type MigrationDriver } from "../migrate.ts";
import type { SqliteDatabase } from "./database.ts";

export const SQLITE_MIGRATIONS = defineMigrations({
  "0001_threads": threads,
  "0002_run_states": runStates,
  "0003_run_fingerprints": fingerprints,
  "0004_deleted_threads": deletedThreads,
  "0005_run_ownership": ownership,
  "0006_attachment_uses": attachmentUses,
  "0007_cancelled_sessions": cancelledSessions,
});

const CREATE = `
  create table if not exists migrations (
    version integer not null,
    name text not null,
    checksum text not null,
    applied_at integer not null,
    constraint migrations_pkey primary key (version)
  ) strict`;

export class SqliteMigrationDriver implements MigrationDriver {
  constructor(readonly db: SqliteDatabase) {}

  async applied(): Promise<AppliedMigration[]> {
    const [found] = await this.found(["migrations"]);
    if (!found) return [];
    if (!found.columns.includes("checksum")) throw notOurs(found);
    type Row = Omit<AppliedMigration, "appliedAt"> & { applied_at: number };
    const rows = this.db.all<Row>("select version, name, checksum, applied_at from migrations order by version");
    return rows.map(({ applied_at, ...row }) => ({ ...row, appliedAt: new Date(applied_at) }));
  }

  async found(names: readonly string[]): Promise<Foreign[]> {
    const found = this.db.all<Omit<Foreign, "columns">>(
      `
      select type as kind, name from sqlite_schema
      where name in (select value from json_each(?1))
      order by type = 'index', name desc`,
      JSON.stringify(names),
    );
    const columns = (name: string) => this.db.all<{ name: string }>("select name from pragma_table_info(?1)", name).map((column) => column.name);
    return found.map((one) => ({ ...one, columns: columns(one.name) }));
  }

  async apply(migrations: Migration[]): Promise<void> {
    for (const migration of migrations) await this.#applyOne(migration);
  }

  async #applyOne({ version, name, checksum, sql }: Migration): Promise<void> {
    await this.db.write(() => {
      this.db.script(CREATE);
      if (this.db.get("select 1 from migrations where version = ?1", version)) return;
      this.db.script(sql);
      const record = "insert into migrations (version, name, checksum, applied_at) values (?1, ?2, ?3, ?4)";
      this.db.run(record, version, name, checksum, Date.now());
    });
  }
}
