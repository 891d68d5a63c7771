import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { ThreadItem } from "../../src/protocol/items.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { exported } from "../../src/transfer/conversations/export.ts";
import { imported } from "../../src/transfer/conversations/import.ts";
import { newDatabase } from "../support/postgres.ts";

// The first test waits for a PostgreSQL to be set up.
setDefaultTimeout(60_000);

const folder = await mkdtemp(join(tmpdir(), "moving-"));
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  await rm(folder, { recursive: true });
});

type Moving = SqliteStore | PostgresStore;

async function sqlite(): Promise<SqliteStore> {
  const store = new SqliteStore(join(folder, `${crypto.randomUUID()}.db`));
  await store.migrate();
  closing.push(() => store.close());
  return store;
}

async function pg(): Promise<PostgresStore> {
  const store = new PostgresStore({ url: await newDatabase(), poolSize: 2 });
  await store.migrate();
  closing.push(() => store.close());
  return store;
}

const base = (threadId: string, id: string) => ({ id, thread_id: threadId, created_at: "2026-01-01T00:00:00.000Z" });
const question = (threadId: string, id: string, text: string, attachments: object[] = []): ThreadItem =>
  ({ ...base(threadId, id), type: "user_message", content: [{ type: "input_text", text }], attachments, inference_options: {} }) as ThreadItem;
const answer = (threadId: string, id: string, text: string): ThreadItem =>
  ({ ...base(threadId, id), type: "assistant_message", content: [{ type: "output_text", text, annotations: [] }] }) as ThreadItem;

/** Two users, texts that databases have trouble with, a hidden item, a file, feedback. */
async function fill(store: Moving): Promise<void> {
  const file = { type: "file" as const, id: "atc_1", name: "a.txt", mime_type: "text/plain", thread_id: "thr_1" };
  await store.saveAttachment(file, { userId: "ada" });
  for (const [userId, id] of [["ada", "thr_1"], ["ada", "thr_2"], ["bob", "thr_3"]] as const) {
    const thread = { id, created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" as const }, metadata: { long_name: [{ b: 1, a: 2 }], "\u0000": "\ud800 ü", a: null } };
    const hidden = { ...base(id, `${id}_h`), type: "hidden_context_item", content: { secret: [1, null] } } as ThreadItem;
    const items = [question(id, `${id}_q`, "What?\u0000", id === "thr_1" ? [file] : []), answer(id, `${id}_a`, "\ufdd0 This.\ud83d\ude00"), hidden];
    await store.moveIn([{ thread: { userId, thread, updatedAt: Date.parse("2026-02-01T00:00:00Z") }, items }]);
  }
  await store.saveFeedback("thr_1", ["thr_1_a"], "negative", { userId: "ada" });
  await store.saveRunState("thr_2", '{"asked":["\u0000"]}', { userId: "ada" });
}

async function lines(store: Moving, wanted: Parameters<typeof exported>[1] = {}): Promise<string[]> {
  return (await Array.fromAsync(exported(store, wanted))).join("").split("\n").filter((line) => line !== "");
}

async function stored(store: Moving): Promise<object[]> {
  return (await lines(store)).map((line) => JSON.parse(line) as object);
}

async function* from(given: string[]) {
  yield* given;
}

describe.each([["SQLite", sqlite], ["PostgreSQL", pg]] as const)("conversations of %s", (_name, open) => {
  test("go out and come back byte for byte, also a second time, with what belongs to them", async () => {
    const [one, two] = [await open(), await open()];
    await fill(one);
    const out = await lines(one);
    expect(out.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      "chatkit-export", "attachment", "thread", "item", "item", "item", "feedback", "thread", "item", "item", "item", "run_state", "thread", "item", "item", "item",
    ]);
    for (const _ of [1, 2]) {
      expect(await imported(two, from(out))).toEqual({ threads: 3, items: 9, attachments: 1, feedback: 1 });
      expect(await lines(two)).toEqual(out);
    }
    expect(await two.takeRunState("thr_2", { userId: "ada" })).toBe('{"asked":["\u0000"]}');
    const page = await two.loadVisibleItems("thr_1", null, 10, "asc", { userId: "ada" });
    expect(page.data.map(({ id }) => id)).toEqual(["thr_1_q", "thr_1_a"]);
  });

  test("are those of one user, of a time, or the feedback with its question", async () => {
    const store = await open();
    await fill(store);
    expect((await lines(store, { userId: "bob" })).join()).not.toContain('"ada"');
    expect(await lines(store, { since: Date.parse("2026-03-01T00:00:00Z"), userId: "bob" })).toHaveLength(1);
    expect((await lines(store, { feedbackOnly: true })).map((line) => JSON.parse(line) as object)).toMatchObject([
      { type: "feedback", user: "ada", kind: "negative", item: { id: "thr_1_a" }, question: { id: "thr_1_q" } },
    ]);
  });

  test("of one user are deleted with their files, and no one else's", async () => {
    const store = await open();
    await fill(store);
    expect(await store.deleteUser("ada")).toBe(2);
    expect((await lines(store)).join()).not.toContain('"ada"');
    expect(await lines(store, { userId: "bob" })).toHaveLength(5);
    expect((await store.deletedAttachments(10)).map(({ attachmentId }) => attachmentId)).toEqual(["atc_1"]);
  });

  test("are behind what a thread has when more of it comes later", async () => {
    const store = await open();
    await fill(store);
    await store.addThreadItem("thr_1", answer("thr_1", "later", "Later."), { userId: "ada" });
    const thread = await store.loadThread("thr_1", { userId: "ada" });
    await store.moveIn([{ thread: { userId: "ada", thread, updatedAt: 0 }, items: [answer("thr_1", "thr_1_a", "Changed."), answer("thr_1", "new", "New.")] }]);
    const { data } = await store.loadThreadItems("thr_1", null, 10, "asc", { userId: "ada" });
    expect(data.map(({ id }) => id)).toEqual(["thr_1_q", "thr_1_a", "thr_1_h", "later", "new"]);
    await store.addThreadItem("thr_1", answer("thr_1", "last", "Last."), { userId: "ada" });
  });
});

describe.each([["SQLite", sqlite], ["PostgreSQL", pg]] as const)("conversations that come to %s in a file", (_name, open) => {
  const thread = (id: string) => JSON.stringify({ type: "thread", user: "ada", updated_at: "2026-01-02T00:00:00.000Z", thread: { id, created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" }, metadata: {} } });
  const item = (id: string, itemId: string, text: string) => JSON.stringify({ type: "item", user: "ada", thread_id: id, item: answer(id, itemId, text) });
  const feedback = (id: string, itemId: string) => JSON.stringify({ type: "feedback", user: "ada", thread_id: id, item_id: itemId, kind: "positive" });

  test("keep their order, however many are written at once, and take the place of a thread that was deleted", async () => {
    const store = await open();
    const ids = Array.from({ length: 700 }, (_, at) => `thr_${(at * 7919) % 700}`);
    await imported(store, from([thread(ids[5]!), item(ids[5]!, "old", "Old.")]));
    void store.deleteThread(ids[5]!, { userId: "ada" });
    const given = ids.flatMap((id) => [thread(id), item(id, "a", "One."), item(id, "b", "Two."), feedback(id, "b")]);
    expect(await imported(store, from(given))).toEqual({ threads: 700, items: 1400, attachments: 0, feedback: 700 });
    expect((await stored(store)).slice(1)).toEqual(given.map((one) => JSON.parse(one) as object));
  });

  test("may have a thread or an item twice, and an item behind feedback", async () => {
    const store = await open();
    const given = [thread("thr_1"), item("thr_1", "a", "One."), thread("thr_2"), thread("thr_1"), item("thr_1", "a", "Changed."), feedback("thr_1", "a"), item("thr_1", "b", "Two.")];
    await imported(store, from(given));
    const kept = [thread("thr_1"), item("thr_1", "a", "Changed."), item("thr_1", "b", "Two."), feedback("thr_1", "a"), thread("thr_2")];
    expect((await stored(store)).slice(1)).toEqual(kept.map((one) => JSON.parse(one) as object));
  });
});

test("a thread whose deletion is not over in PostgreSQL comes where the file has it", async () => {
  const url = await newDatabase();
  const store = new PostgresStore({ url, poolSize: 2 });
  await store.migrate();
  closing.push(() => store.close());
  const thread = (id: string) => ({ thread: { userId: "ada", thread: { id, created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" as const }, metadata: {} }, updatedAt: 0 }, items: [] });
  await store.moveIn([thread("two")]);
  const sql = postgres(url, { max: 1 });
  await sql`update chatkit_threads set deleted = true`;
  await sql.end();
  await store.moveIn([thread("one"), thread("two"), thread("three")]);
  expect((await stored(store)).slice(1).map((line) => (line as { thread: { id: string } }).thread.id)).toEqual(["one", "two", "three"]);
});

test("a store in memory deletes a user, too", async () => {
  const store = new MemoryStore();
  const thread = { id: "thr_1", created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" as const }, metadata: {} };
  for (const userId of ["ada", "bob"]) {
    await store.saveThread(thread, { userId });
    await store.saveAttachment({ type: "file", id: `atc_${userId}`, name: "a", mime_type: "text/plain" }, { userId });
  }
  expect(await store.deleteUser("ada")).toBe(1);
  expect(await store.loadThread("thr_1", { userId: "ada" }).catch(() => "gone")).toBe("gone" as never);
  expect(await store.loadThread("thr_1", { userId: "bob" })).toEqual(thread);
  expect((await store.deletedAttachments(10)).map(({ attachmentId }) => attachmentId)).toEqual(["atc_ada"]);
});

test("conversations go from SQLite to PostgreSQL", async () => {
  const [one, two] = [await sqlite(), await pg()];
  await fill(one);
  await imported(two, from(await lines(one)));
  // PostgreSQL keeps the fields of an object in an order of its own.
  expect(await lines(two)).toEqual(await lines(one));
});

test.each([
  ["{", "line 2: not JSON"],
  ['{"type":"thread"}', "line 2: "],
  ['{"type":"item","user":"ada","thread_id":"thr_9","item":{"id":"x","thread_id":"thr_9","created_at":"2026-01-01T00:00:00Z","type":"end_of_turn"}}', "line 2: an item whose thread is not before it"],
])("a line that is none is named: %s", async (wrong, message) => {
  expect(imported(await sqlite(), from(['{"type":"chatkit-export","format":1}', wrong]))).rejects.toThrow(message);
});

describe("a database that somebody else's tables are in", () => {
  test("is left as it is, and the way out is named: SQLite", async () => {
    const path = join(folder, "python.db");
    const python = new Database(path);
    python.run("create table threads (id text primary key, data text)");
    python.run("create table migrations (id integer primary key, name text)");
    const before = python.query("select sql from sqlite_schema").all();
    const store = new SqliteStore(path);
    closing.push(() => store.close());
    expect(store.migrate()).rejects.toThrow(/a table migrations \(id, name\) that this server has not made/);
    expect(python.query("select sql from sqlite_schema").all()).toEqual(before);
    python.run("drop table migrations");
    expect(store.migrate()).rejects.toThrow(/a table threads \(id, data\) that this server has not made.*import python/);
    expect(store.schemaVersions()).rejects.toThrow(/a table threads/);
    python.close();
  });

  test("is left as it is, also what its user has no right to see and names that only later migrations make; a schema that is there needs no right to make one", async () => {
    const url = new URL(await newDatabase());
    const sql = postgres(url.href, { onnotice: () => {}, max: 1 });
    closing.push(() => sql.end());
    await sql.unsafe("do $$ begin create role the_poor login password 'poor'; exception when duplicate_object or unique_violation then null; end $$");
    Object.assign(url, { username: "the_poor", password: "poor" });
    const migrated = async (schema: string, made = "") => {
      await sql.unsafe(`create schema ${schema}; grant usage, create on schema ${schema} to the_poor; set search_path = ${schema}; ${made}`);
      const before = await sql`select relname from pg_class where relnamespace = ${schema}::regnamespace order by 1`;
      const store = new PostgresStore({ url: url.href, poolSize: 1, schema });
      closing.push(() => store.close());
      const said = await store.migrate().then(() => "migrated", (error: Error) => error.message);
      if (made !== "") expect([...(await sql`select relname from pg_class where relnamespace = ${schema}::regnamespace order by 1`)]).toEqual([...before]);
      return said;
    };
    expect(await migrated("a", "create table chatkit_threads (id text, items jsonb)")).toMatch(/a table chatkit_threads \(id, items\) that/);
    expect(await migrated("b", "create view chatkit_runs as select 1 as id")).toMatch(/a view chatkit_runs \(id\) that/);
    expect(await migrated("c", "create table chatkit_signing_keys (x int)")).toMatch(/a table chatkit_signing_keys \(x\) that/);
    expect(await migrated("d", "create table t (a int); create index chatkit_items_position_idx on t (a)")).toMatch(/an index chatkit_items_position_idx/);
    expect(await migrated("e", "create table chatkit_migrations (id serial, filename text); grant select on chatkit_migrations to the_poor")).toMatch(/a table chatkit_migrations \(id, filename\) that/);
    expect(await migrated("f", "revoke create on schema f from the_poor")).toMatch(/may not do what this server needs \(permission denied for schema f\); nothing was written/);
    expect(await migrated("g")).toBe("migrated");
  });

  test("is left as it is, and a schema of its own is a way out: PostgreSQL", async () => {
    const url = await newDatabase();
    const sql = postgres(url, { onnotice: () => {} });
    closing.push(() => sql.end());
    await sql`create table chatkit_threads (id text primary key, items jsonb, user_id text, created_at timestamp)`;
    const store = new PostgresStore({ url, poolSize: 1 });
    closing.push(() => store.close());
    expect(await store.migrate().then(() => "", (error: Error) => error.message)).toMatch(/a table chatkit_threads \(id, items, user_id, created_at\)/);
    expect(await sql`select table_name from information_schema.tables where table_name like 'chatkit%'`).toHaveLength(1);
    const beside = new PostgresStore({ url, poolSize: 1, schema: "chatkit" });
    closing.push(() => beside.close());
    await beside.migrate();
    await fill(beside);
    expect(await lines(beside)).toHaveLength(16);
  });
});
