/// <reference path="../sql.d.ts" />
import threads from "../../../sql/postgres/0001_threads.sql" with { type: "text" };
import runStates from "../../../sql/postgres/0002_run_states.sql" with { type: "text" };
import fingerprints from "../../../sql/postgres/0003_run_fingerprints.sql" with { type: "text" };
import rowBytes from "../../../sql/postgres/0004_row_bytes.sql" with { type: "text" };
import deletedThreads from "../../../sql/postgres/0005_deleted_threads.sql" with { type: "text" };
import ownership from "../../../sql/postgres/0006_run_ownership.sql" with { type: "text" };
import attachmentUses from "../../../sql/postgres/0007_attachment_uses.sql" with { type: "text" };
import heartbeats from "../../../sql/postgres/0008_run_heartbeats.sql" with { type: "text" };
import itemsAsWritten from "../../../sql/postgres/0009_items_as_written.sql" with { type: "text" };
import cancelledSessions from "../../../sql/postgres/0010_cancelled_sessions.sql" with { type: "text" };
import { defineMigrations, type AppliedMigration, type ForeignTable, type Migration, type MigrationDriver } from "../migrate.ts";
import { translated } from "./errors.ts";
import { PostgresLane, type PostgresOptions, type Sql } from "./lane.ts";

export const POSTGRES_MIGRATIONS = defineMigrations({
  "0001_threads": threads,
  "0002_run_states": runStates,
  "0003_run_fingerprints": fingerprints,
  "0004_row_bytes": rowBytes,
  "0005_deleted_threads": deletedThreads,
  "0006_run_ownership": ownership,
  "0007_attachment_uses": attachmentUses,
  "0008_run_heartbeats": heartbeats,
  "0009_items_as_written": itemsAsWritten,
  "0010_cancelled_sessions": cancelledSessions,
});

/** An arbitrary number for the lock with which only one migration at a time runs in a database. */
const LOCK = 7_264_209_318;
/** Long, since a migration may rewrite a table or wait for another one that does. */
const STATEMENT_TIMEOUT_MS = 600_000;

export class PostgresMigrationDriver implements MigrationDriver {
  constructor(readonly options: PostgresOptions) {}

  applied(): Promise<AppliedMigration[]> {
    return this.#connected(async (sql) => {
      const [table] = await sql<{ found: boolean }[]>`select to_regclass('chatkit_migrations') is not null as found`;
      if (!table?.found) return [];
      return [
        ...(await sql<AppliedMigration[]>`
          select version, name, checksum, applied_at as "appliedAt"
          from chatkit_migrations
          order by version`),
      ];
    });
  }

  foreignTables(): Promise<ForeignTable[]> {
    return this.#connected(async (sql) => [
      ...(await sql<ForeignTable[]>`
        select table_name as name, json_agg(column_name order by ordinal_position) as columns
        from information_schema.columns
        where table_schema = current_schema()
          and table_name in ('chatkit_threads', 'chatkit_items', 'chatkit_attachments', 'chatkit_runs', 'chatkit_feedback', 'chatkit_run_states')
        group by table_name
        order by table_name desc`),
    ]);
  }

  /** All statements are sent as one message, which is one transaction: also through a pooler, and if the connection breaks. */
  async apply({ version, name, checksum, sql: statements }: Migration): Promise<void> {
    await this.#connected(async (sql) => {
      // The name was checked as an option: letters, digits and underscores.
      if (this.options.schema !== undefined) await sql.unsafe(`create schema if not exists ${this.options.schema}`);
      await sql.unsafe(CREATE_TABLE);
      try {
        // Safe as text: a number, the name of a file of this project and a hash (see defineMigrations).
        await sql.unsafe(`
          select pg_advisory_xact_lock(${LOCK});
          insert into chatkit_migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');
          ${statements}`);
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
    });
  }

  async #connected<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const lane = new PostgresLane(this.options, { max: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
    try {
      return await work(lane.sql);
    } catch (error) {
      throw translated(error);
    } finally {
      await lane.end(0);
    }
  }
}

const CREATE_TABLE = `
  select pg_advisory_xact_lock(${LOCK});
  create table if not exists chatkit_migrations (
    version integer not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    constraint chatkit_migrations_pkey primary key (version)
  )`;

/** Another process was first: its row exists, and nothing of this transaction was done. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && "constraint_name" in error && error.constraint_name === "chatkit_migrations_pkey";
}
