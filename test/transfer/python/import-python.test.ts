import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { pythonText } from "../../../src/cli/import-report.ts";
import { importPython } from "../../../src/transfer/python/import-python.ts";
import { postgresTables } from "../../../src/transfer/python/postgres-tables.ts";
import { sqliteTables } from "../../../src/transfer/python/sqlite-tables.ts";
import { newDatabase } from "../../support/postgres.ts";

// One test waits for a PostgreSQL to be set up.
setDefaultTimeout(60_000);

const folder = await mkdtemp(join(tmpdir(), "python-"));
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  await rm(folder, { recursive: true });
});

/** As pydantic writes them: with nulls, and with dates in the forms of Python. */
const THREAD = { title: "Berths", id: "thr_1", created_at: "2025-03-01T10:00:00.123456", status: { type: "active" }, metadata: {}, allowed_image_domains: null };
const file = { id: "atc_1", mime_type: "text/plain", name: "a.txt", upload_url: "https://old.example/1", type: "file", metadata: { pages: 3 } };
const ITEMS = [
  { id: "msg_1", thread_id: "thr_1", created_at: "2025-03-01T10:00:01+02:00", type: "user_message", content: [{ type: "input_text", text: "Is one free?" }], attachments: [file], quoted_text: null, inference_options: { tool_choice: null, model: null } },
  { id: "msg_2", thread_id: "thr_1", created_at: "2025-03-01T10:00:02", type: "assistant_message", content: [{ type: "output_text", text: "Four is.", annotations: [] }] },
  { id: "wdg_1", thread_id: "thr_1", created_at: 1740823203, type: "widget", widget: { type: "Card", children: [{ type: "Text", value: "4", key: null }] }, copy_text: null },
  { id: "tc_1", thread_id: "thr_1", created_at: "2025-03-01 10:00:04", type: "client_tool_call", status: "completed", call_id: "c1", name: "map", arguments: { at: 4 }, output: { ok: true } },
];
const json = JSON.stringify;

/** Five ways in which people have made their tables; each gets the same conversation. */
const SCHEMAS: Record<string, (db: Database) => void> = {
  "a thread with its items in one row": (db) => {
    db.run("create table chatkit_threads (id text primary key, items json, user_id text, created_at timestamp)");
    db.run("insert into chatkit_threads values (?, ?, ?, ?)", ["thr_1", json(ITEMS), "ada", "2025-03-01 10:00:00.123456"]);
  },
  "threads, items and attachments as wrapped JSON": (db) => {
    db.run("create table threads (id text primary key, user_id text, created_at text, data text)");
    db.run("create table items (id text primary key, thread_id text, user_id text, created_at text, data text)");
    db.run("create table attachments (id text primary key, user_id text, data text)");
    db.run("insert into threads values (?, ?, ?, ?)", ["thr_1", "ada", THREAD.created_at, json({ thread: THREAD })]);
    for (const [i, item] of ITEMS.entries()) db.run("insert into items values (?, ?, ?, ?, ?)", [item.id, "thr_1", "ada", `2025-03-01T10:00:0${i}`, json({ item })]);
    db.run("insert into attachments values (?, ?, ?)", ["atc_1", "ada", json({ attachment: { ...file, thread_id: "thr_1" } })]);
  },
  "split columns": (db) => {
    db.run("create table chatkit_threads (id text primary key, title text, owner_id text, created_at text, status text, metadata text)");
    db.run("create table chatkit_thread_items (id text primary key, thread_id text, type text, content text, widget text, arguments text, output text, call_id text, name text, status text, attachments text, created_at text, position integer)");
    db.run("insert into chatkit_threads values ('thr_1', 'Berths', 'ada', '2025-03-01T10:00:00Z', 'active', null)");
    for (const [i, item] of ITEMS.toReversed().entries()) {
      const { content = null, widget = null, arguments: args = null, output = null, attachments = null } = item as unknown as Record<string, object | null>;
      const { call_id = null, name = null, status = null } = item as unknown as Record<string, string | null>;
      const text = (value: object | null | undefined) => (value ? json(value) : null);
      db.run("insert into chatkit_thread_items values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [item.id, "thr_1", item.type, text(content), text(widget), text(args), text(output), call_id, name, status, text(attachments), "2025-03-01T10:00:00", ITEMS.length - i]);
    }
  },
  "whole objects in one column, owners inside": (db) => {
    db.run("create table chat_threads (id text primary key, payload blob)");
    db.run("create table chat_items (seq integer primary key, thread_id text, payload blob)");
    db.run("insert into chat_threads values (?, ?)", ["thr_1", Buffer.from(json({ ...THREAD, metadata: { user_id: "ada" } }))]);
    for (const item of ITEMS) db.run("insert into chat_items (thread_id, payload) values (?, ?)", ["thr_1", Buffer.from(json(item))]);
  },
};

async function made(): Promise<SqliteStore> {
  const store = new SqliteStore(join(folder, `${crypto.randomUUID()}.db`));
  await store.migrate();
  closing.push(() => store.close());
  return store;
}

test.each(Object.entries(SCHEMAS))("%s: everything comes, in order and to its owner, also a second time", async (name, fill) => {
  const path = join(folder, `${name}.sqlite`);
  const db = new Database(path);
  fill(db);
  db.close();
  const store = await made();
  for (const _ of [1, 2]) {
    const source = sqliteTables(path);
    const report = await importPython(store, source, undefined);
    await source.close();
    expect(report).toMatchObject({ threads: 1, items: { user_message: 1, assistant_message: 1, widget: 1, client_tool_call: 1 }, left: {} });
  }
  const { data } = await store.loadThreadItems("thr_1", null, 10, "asc", { userId: "ada" });
  expect(data.map(({ id }) => id)).toEqual(ITEMS.map(({ id }) => id));
  expect(data[0]).toMatchObject({ type: "user_message", content: [{ text: "Is one free?" }], attachments: [{ id: "atc_1", name: "a.txt", metadata: { pages: 3 } }] });
  expect(json(data)).not.toContain("old.example");
  expect(data[3]).toMatchObject({ status: "completed", arguments: { at: 4 }, output: { ok: true } });
  expect((await store.loadThread("thr_1", { userId: "ada" })).created_at).toStartWith("2025-03-01T10:00:00.");
});

test("threads and messages with roles and an ordinal, in PostgreSQL, whose owner is named", async () => {
  const url = await newDatabase();
  const sql = postgres(url, { onnotice: () => {} });
  await sql`create table threads (id uuid primary key, title text, created_at timestamptz)`;
  await sql`create table messages (id bigint primary key, thread_id uuid, role text, content jsonb, ordinal integer, created_at timestamp)`;
  const id = "0b0f8a52-95a4-4b11-8f0c-6a4d1f0d8a11";
  await sql`insert into threads values (${id}, 'Berths', '2025-03-01T12:00:00+02:00')`;
  await sql`insert into messages values (2, ${id}, 'assistant', ${sql.json([{ type: "text", text: "Four is." }])}, 2, '2025-03-01'), (7, ${id}, 'user', ${sql.json("Is one free?")}, 1, '2025-03-02 08:00:00'), (9, ${id}, 'system', ${sql.json("Be kind.")}, 3, null)`;
  await sql.end();
  const store = await made();
  const source = postgresTables(url);
  closing.push(() => source.close());
  expect(importPython(store, source, undefined)).rejects.toThrow(/does not say whose it is: name the user with --user/);
  expect(await importPython(store, source, "ada")).toMatchObject({ threads: 1, items: { user_message: 1, assistant_message: 1, hidden_context_item: 1 }, left: {} });
  expect((await store.loadThread(id, { userId: "ada" })).created_at).toBe("2025-03-01T10:00:00.000Z");
  const { data } = await store.loadThreadItems(id, null, 10, "asc", { userId: "ada" });
  expect(data).toMatchObject([{ id: "7", created_at: "2025-03-02T08:00:00.000Z", content: [{ text: "Is one free?" }] }, { id: "2", content: [{ type: "output_text", text: "Four is." }] }, { content: "Be kind." }]);
});

test("what is in no known form is counted, and a database without threads is refused", async () => {
  const path = join(folder, "odd.sqlite");
  const db = new Database(path);
  db.run("create table other_things (a text)");
  const store = await made();
  const source = sqliteTables(path);
  closing.push(() => source.close());
  expect(importPython(store, source, "ada")).rejects.toThrow("no table of threads");
  db.run("create table threads (id text, user_id text, created_at text)");
  db.run("create table items (id text, thread_id text, data text)");
  db.run("insert into threads values ('t', 'ada', '2025-01-01')");
  db.run("insert into items values ('i', 't', '{\"id\":\"i\",\"type\":\"hologram\"}'), ('j', 'gone', '{}')");
  db.close();
  expect(await importPython(store, source, undefined)).toMatchObject({ threads: 1, items: {}, left: { "item of type hologram": 1, "item of no thread": 1 } });
});

/** A database that `fill` has filled, imported. */
async function imported(fill: (db: Database) => void) {
  const path = join(folder, `${crypto.randomUUID()}.sqlite`);
  const db = new Database(path);
  fill(db);
  db.close();
  const store = await made();
  const source = sqliteTables(path);
  closing.push(() => source.close());
  return { store, report: await importPython(store, source, undefined) };
}

test("what cannot be read is counted and not made up: JSON that was cut off, rows that say nothing, what was deleted, other tables", async () => {
  const { store, report } = await imported((db) => {
    db.run("create table threads (id text, user_id text, data text, deleted_at text)");
    db.run("create table items (id text, thread_id text, data text)");
    db.run("create table old_messages (id text, thread_id text)");
    db.run("insert into threads values ('t', 'ada', ?, null), ('u', 'ada', '{\"id\": \"u\", \"tit', null), ('v', 'ada', '{}', '2026-01-01')", [json(THREAD).replace("thr_1", "t")]);
    db.run("insert into items values ('a', 't', ?), ('b', 't', '{\"id\": \"b'), ('c', 't', null), ('d', 'v', ?)", [json(ITEMS[1]), json(ITEMS[1])]);
  });
  expect(report.items).toEqual({ assistant_message: 1 });
  expect(report.left).toEqual({ "of a thread, what is no JSON": 1, "deleted thread": 1, "item that is no JSON": 1, "item of type unknown": 1, "item of no thread": 1 });
  expect((await store.loadThreadItems("t", null, 10, "asc", { userId: "ada" })).data).toHaveLength(1);
  expect(pythonText(report)).toContain("not read: the tables old_messages");
});

test("a list of items that is no JSON is counted, and so is what in it is no item", async () => {
  const { report } = await imported((db) => {
    db.run("create table chatkit_threads (id text primary key, items json, user_id text, created_at timestamp)");
    db.run("insert into chatkit_threads values ('a', '[{\"id\"', 'ada', '2026-01-01 00:00:00+00'), ('b', '[1, null]', 'ada', '2026-01-01'), ('c', null, 'ada', null)");
  });
  expect(report).toMatchObject({ threads: 3, left: { "list of items that is no JSON": 1, "item that is no object": 2 } });
});

test("names in capitals, numbers as ids, JSON that was made a text twice, files by their records", async () => {
  const { store, report } = await imported((db) => {
    db.run('create table "Threads" ("ThreadID" integer primary key, "UserId" integer, "CreatedAt" integer)');
    db.run('create table "ThreadItems" ("ID" integer, "threadId" integer, "itemType" text, "Content" text, "createdAt" integer)');
    db.run('create table "Attachments" ("Id" integer, "ThreadId" integer, "FileName" text, "MimeType" text)');
    db.run('insert into "Threads" values (1, 7, 1767225600), (2, 8, 1767225600)');
    db.run('insert into "ThreadItems" values (1, 1, ?, ?, 1767225601), (1, 2, ?, ?, 1767225601)', ["user_message", json(json(ITEMS[0]!.content)), "user_message", json(ITEMS[0]!.content)]);
    db.run("insert into \"Attachments\" values (5, 1, 'a.txt', 'text/plain')");
  });
  expect(report).toMatchObject({ threads: 2, items: { user_message: 2 }, attachments: 1, left: {} });
  for (const [userId, threadId] of [["7", "1"], ["8", "2"]] as const) {
    expect((await store.loadThreadItems(threadId, null, 10, "asc", { userId })).data).toMatchObject([{ id: "1", created_at: "2026-01-01T00:00:01.000Z", content: [{ text: "Is one free?" }] }]);
  }
  expect(pythonText(report)).toContain("the bytes of the attachments are not in a database of the Python SDK");
});
