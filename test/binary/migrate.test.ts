import { Database } from "bun:sqlite";
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { Page, ThreadMetadata } from "../../src/protocol/thread.ts";
import type { SchemaVersion } from "../../src/store/migrate.ts";
import { binary, runBinary, startBinary } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { newDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

type Opened = { url: string; table: string; tables: string; run(sql: string): Promise<unknown[]> };

function sqlite(): Opened {
  const path = join(mkdtempSync(join(tmpdir(), "chatkit-migrate-")), "chat.db");
  const run = async (sql: string) => {
    const db = new Database(path, { create: true });
    try {
      return db.query(sql).all();
    } finally {
      db.close();
    }
  };
  const tables = "select name from sqlite_schema where name not like 'sqlite_%' order by name";
  return { url: `sqlite:${path}`, table: "migrations", tables, run };
}

async function postgresql(): Promise<Opened> {
  const url = await newDatabase();
  const run = async (text: string) => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return [...(await sql.unsafe(text))];
    } finally {
      await sql.end();
    }
  };
  return { url, table: "chatkit_migrations", tables: "select tablename from pg_tables where schemaname = 'public' order by 1", run };
}

for (const [name, open] of [["SQLite", async () => sqlite()], ["PostgreSQL", postgresql]] as [string, () => Promise<Opened>][]) {
  describe(`a schema in ${name}`, () => {
    const states = async (env: Record<string, string>, ...args: string[]) => {
      const { code, stdout } = await runBinary(["migrate", ...args, "--json"], { env });
      return { code, states: (JSON.parse(stdout) as SchemaVersion[]).map(({ state }) => state) };
    };

    test("is shown, and brought up, by the migrate verb; status alone writes nothing", async () => {
      const { url, run, tables } = await open();
      const env = { DATABASE_URL: url };
      const before = await states(env, "status");
      expect(before.code).toBe(3);
      expect(new Set(before.states)).toEqual(new Set(["pending"]));
      expect(await run(tables)).toEqual([]);
      const up = await states(env);
      expect(up).toEqual({ code: 0, states: before.states.map(() => "applied") });
      expect(await states(env, "status")).toEqual(up);
    });

    test("that somebody else migrates is waited for: not ready, 503 with Retry-After, then served", async () => {
      const { url, run, tables } = await open();
      const env = { DATABASE_URL: url };
      await using program = await startBinary(["--migrate", "off"], { env });
      const ready = await fetch(`${program.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([503, { status: "unavailable", reason: "schema_pending" }]);
      expect((await fetch(`${program.url}/livez`)).status).toBe(200);
      const refused = await program.post({ type: "threads.create", params: { input: userInput("Hi") } });
      const { error } = (await refused.json()) as { error: { code: string } };
      expect([refused.status, refused.headers.get("retry-after"), error.code]).toEqual([503, "2", "schema_pending"]);
      expect(await run(tables)).toEqual([]);
      expect((await runBinary(["migrate"], { env })).code).toBe(0);
      await until(async () => ((await fetch(`${program.url}/readyz`)).ok ? true : undefined));
      expect(await program.ask<Page<ThreadMetadata>>("threads.list", {})).toMatchObject({ data: [] });
      expect(await program.end("SIGTERM")).toBe(0);
    });

    test.each([
      ["of a newer version", (table: string) => `insert into ${table} select 999, '0999_later', 'x', max(applied_at) from ${table}`],
      ["whose migration was edited", (table: string) => `update ${table} set checksum = 'x' where version = 1`],
    ])("%s ends serve and migrate with 3, and not a row is written", async (_, change) => {
      const { url, table, run } = await open();
      const env = { DATABASE_URL: url };
      await runBinary(["migrate"], { env });
      await run(change(table));
      const rows = await run(`select * from ${table} order by version`);
      for (const verb of ["serve --port 0", "serve --port 0 --migrate off", "serve --port 0 --workers 2", "migrate"]) {
        const { code, stderr } = await runBinary(verb.split(" "), { env });
        expect([verb, code]).toEqual([verb, 3]);
        expect(stderr).toContain("error: ");
      }
      expect((await states(env, "status")).code).toBe(3);
      expect(await run(`select * from ${table} order by version`)).toEqual(rows);
    });

    test("and old threads go when a retention period is set", async () => {
      const { url } = await open();
      const env = { DATABASE_URL: url, CHATKIT_RETENTION: "2s" };
      await using program = await startBinary([], { env });
      await program.events("threads.create", { input: userInput("Hi") });
      const threads = () => program.ask<Page<ThreadMetadata>>("threads.list", {});
      expect((await threads()).data).toHaveLength(1);
      await until(async () => ((await threads()).data.length === 0 ? true : undefined));
    });
  });
}
