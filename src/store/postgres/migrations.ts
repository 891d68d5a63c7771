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
import { ChatKitError, codeOf } from "../../errors.ts";
import { defineMigrations, notOurs, type AppliedMigration, type Foreign, type Migration, type MigrationDriver } from "../migrate.ts";
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
      try {
        return [
          ...(await sql<AppliedMigration[]>`
            select version, name, checksum, applied_at as "appliedAt"
            from chatkit_migrations
            order by version`),
        ];
      } catch (error) {
        if (codeOf(error) === UNDEFINED_COLUMN) throw notOurs((await found(sql, ["chatkit_migrations"]))[0]!);
        throw codeOf(error) === NOT_ALLOWED ? mayNot(error) : error;
      }
    });
  }

  found(names: readonly string[]): Promise<Foreign[]> {
    return this.#connected((sql) => found(sql, names));
  }

  /** On one connection: a new one costs the server more than most files do. */
  async apply(migrations: Migration[]): Promise<void> {
    await this.#connected(async (sql) => {
      for (const migration of migrations) await this.#applyOne(sql, migration);
    });
  }

  /** All statements are sent as one message, which is one transaction: also through a pooler, and if the connection breaks. */
  async #applyOne(sql: Sql, { version, name, checksum, sql: statements }: Migration): Promise<void> {
    try {
      // Safe as text: a number, the name of a file of this project and a hash (see defineMigrations).
      await sql.unsafe(`
        select pg_advisory_xact_lock(${LOCK});
        ${createSchema(this.options.schema)}
        ${CREATE_TABLE}
        insert into chatkit_migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');
        ${statements}`);
    } catch (error) {
      if (codeOf(error) === NOT_ALLOWED) throw mayNot(error);
      if (!isTaken(error)) throw error;
    }
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

/** SQLSTATE codes of the server. */
const UNDEFINED_COLUMN = "42703";
const NOT_ALLOWED = "42501";

/** From the catalog: the information schema does not have what the user has no rights to. */
async function found(sql: Sql, names: readonly string[]): Promise<Foreign[]> {
  return [
    ...(await sql<Foreign[]>`
      select c.relname as name,
        case c.relkind when 'v' then 'view' when 'm' then 'view' when 'i' then 'index' when 'I' then 'index' when 'S' then 'sequence' when 'c' then 'type' else 'table' end as kind,
        coalesce((select json_agg(attname order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped), '[]') as columns
      from pg_class c
      where c.relnamespace = to_regnamespace(current_schema()::text) and c.relname in ${sql([...names])}
      order by c.relkind in ('i', 'I', 'S', 'c'), c.relname desc`),
  ];
}

/** Only when it is not there: a user who may not make schemas is refused also where there is nothing to make. The name was checked as an option. */
function createSchema(name: string | undefined): string {
  return name === undefined ? "" : `do $$ begin if to_regnamespace('${name}') is null then create schema ${name}; end if; end $$;`;
}

function mayNot(cause: unknown): ChatKitError {
  const message =
    `The database's user may not do what this server needs (${(cause as Error).message}); nothing was written. Grant it the tables and CREATE on the schema, ` +
    "name a schema of its own by CHATKIT_DATABASE_SCHEMA, or run the migrate verb as a user that may and start with CHATKIT_MIGRATE=off.";
  return new ChatKitError("config_invalid", { message, cause });
}

const CREATE_TABLE = `
  create table if not exists chatkit_migrations (
    version integer not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    constraint chatkit_migrations_pkey primary key (version)
  );`;

/** Another process was first: its row exists, and nothing of this transaction was done. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && "constraint_name" in error && error.constraint_name === "chatkit_migrations_pkey";
}
