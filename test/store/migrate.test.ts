import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { defineMigrations, migrate, requireCurrent, schemaVersions, type Migration, type MigrationDriver } from "../../src/store/migrate.ts";
import { PostgresMigrationDriver, POSTGRES_MIGRATIONS } from "../../src/store/postgres/migrations.ts";
import { SqliteDatabase } from "../../src/store/sqlite/database.ts";
import { SqliteMigrationDriver, SQLITE_MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { newDatabase } from "../support/postgres.ts";
import { refusal } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-migrate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("migrations are numbered without a gap, by their file names", () => {
  expect(defineMigrations({ "0001_a": "select 1", "0002_b": "-- breaking\nselect 2" })).toMatchObject([
    { version: 1, name: "0001_a", breaking: false, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { version: 2, breaking: true },
  ]);
  expect(() => defineMigrations({ "0001_a": "", "0003_c": "" })).toThrow("not number 2");
  expect(() => defineMigrations({ "0002_a": "" })).toThrow("not number 1");
  expect(() => defineMigrations({ "0001_a": "", "0001_b": "" })).toThrow("not number 2");
  expect(() => defineMigrations({ "1_a": "" })).toThrow();
  expect(() => defineMigrations({ "0001_a'; drop": "" })).toThrow();
});

test("the marks of a breaking migration are those of its first line", () => {
  expect(defineMigrations({ "0001_a": "select 1;\n-- breaking" })[0]?.breaking).toBe(false);
  expect(defineMigrations({ "0001_a": "-- breakings are rare" })[0]?.breaking).toBe(false);
});

type Bench = { address: string; driver: MigrationDriver; query(sql: string): Promise<unknown[]>; close(): Promise<void> };

async function sqliteBench(): Promise<Bench> {
  const address = join(folder, `${crypto.randomUUID()}.db`);
  const db = new SqliteDatabase(address);
  const query = async (sql: string) => {
    const other = new Database(address);
    try {
      return other.query(sql).all();
    } finally {
      other.close();
    }
  };
  return { address, driver: new SqliteMigrationDriver(db), query, close: async () => db.close() };
}

async function postgresBench(): Promise<Bench> {
  const address = await newDatabase();
  const sql = postgres(address, { max: 1, onnotice: () => {} });
  return { address, driver: new PostgresMigrationDriver({ url: address }), query: async (text) => [...(await sql.unsafe(text))], close: () => sql.end() };
}

for (const [kind, table, known, open] of [
  ["sqlite", "migrations", SQLITE_MIGRATIONS, sqliteBench],
  ["postgres", "chatkit_migrations", POSTGRES_MIGRATIONS, postgresBench],
] as [string, string, Migration[], () => Promise<Bench>][]) {
  describe(`migrating ${kind}`, () => {
    const files = (...texts: string[]) => defineMigrations(Object.fromEntries(texts.map((text, i) => [`000${i + 1}_step`, text])));
    const rows = (bench: Bench) => bench.query(`select version, name, checksum from ${table} order by version`);

    async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
      const bench = await open();
      try {
        await work(bench);
      } finally {
        await bench.close();
      }
    }

    test("an empty database gets every migration, a second time changes nothing", () =>
      withBench(async ({ driver, query, ...bench }) => {
        expect((await schemaVersions(driver, known)).map(({ state }) => state)).toEqual(known.map(() => "pending"));
        const first = await migrate(driver, known);
        expect(first.map(({ state, appliedAt }) => [state, appliedAt instanceof Date])).toEqual(known.map(() => ["applied", true]));
        const recorded = await rows({ driver, query, ...bench });
        expect(recorded).toEqual(known.map(({ version, name, checksum }) => ({ version, name, checksum })));
        expect(await migrate(driver, known)).toEqual(first);
        requireCurrent(first);
      }), 30_000);

    test("twenty processes at once, one of them killed, apply each migration once", () =>
      withBench(async (bench) => {
        const script = join(import.meta.dir, "migrate-process.ts");
        const processes = Array.from({ length: 20 }, () => Bun.spawn([process.execPath, script, kind, bench.address], { stdout: "pipe", stderr: "pipe" }));
        await Bun.sleep(300);
        processes[0]?.kill("SIGKILL");
        const results = await Promise.all(processes.slice(1).map(async (child) => [await child.exited, (await new Response(child.stdout).text()).trim()]));
        expect(results).toEqual(results.map(() => [0, known.map(() => "applied").join()]));
        expect(await rows(bench)).toHaveLength(known.length);
      }), 60_000);

    test("a schema of a newer version is refused and left as it is", () =>
      withBench(async (bench) => {
        const newer = files("create table a (x integer)", "create table b (x integer)");
        await migrate(bench.driver, newer);
        const older = newer.slice(0, 1);
        const before = await rows(bench);
        expect(await refusal(migrate(bench.driver, older))).toMatchObject({ code: "schema_newer", message: expect.stringContaining("0002_step") });
        const versions = await schemaVersions(bench.driver, older);
        expect(versions.map(({ state }) => state)).toEqual(["applied", "unknown"]);
        expect(() => requireCurrent(versions)).toThrow("newer version");
        expect(await rows(bench)).toEqual(before);
      }), 30_000);

    test("a file edited after it was applied is refused before anything is written", () =>
      withBench(async (bench) => {
        await migrate(bench.driver, files("create table a (x integer)"));
        const edited = files("create table a (x integer, y integer)", "create table b (x integer)");
        expect(await refusal(migrate(bench.driver, edited))).toMatchObject({ code: "schema_newer", message: expect.stringContaining("0001_step was edited") });
        expect(await rows(bench)).toHaveLength(1);
        expect((await schemaVersions(bench.driver, edited)).map(({ state }) => state)).toEqual(["edited", "pending"]);
      }), 30_000);

    test("a migration that fails leaves nothing of itself, and those before it stay", () =>
      withBench(async (bench) => {
        const broken = files("create table a (x integer)", "create table b (x integer); create table a (x integer)");
        expect(await refusal(migrate(bench.driver, broken))).not.toBeNull();
        expect(await rows(bench)).toHaveLength(1);
        await migrate(bench.driver, files("create table a (x integer)", "create table b (x integer)"));
        expect(await bench.query("select * from b")).toEqual([]);
      }), 30_000);

    test("a breaking migration waits for whoever may stop the others, but not on a new database", () =>
      withBench(async (bench) => {
        const steps = files("-- breaking\ncreate table a (x integer)", "-- breaking\ncreate table b (x integer)");
        await migrate(bench.driver, steps.slice(0, 1), { allowBreaking: false });
        expect(await refusal(migrate(bench.driver, steps, { allowBreaking: false }))).toMatchObject({ code: "schema_pending", message: expect.stringContaining("0002_step") });
        const versions = await schemaVersions(bench.driver, steps);
        expect(versions.map(({ state, breaking }) => [state, breaking])).toEqual([["applied", true], ["pending", true]]);
        expect(() => requireCurrent(versions)).toThrow("needs migration 0002_step");
        requireCurrent(await migrate(bench.driver, steps));
      }), 30_000);
  });
}
