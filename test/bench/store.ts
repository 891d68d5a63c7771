/**
 * Does what a store does cost more in a long thread than in a short one? Prints, for SQLite and PostgreSQL, the median time of each operation in a thread of 100 and in one of 1,000,000 items,
 * and the ratio. Run by hand: `bun test/bench/store.ts [items]`.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store, UserScope } from "../../src/store/store.ts";
import { aRun, assistantMessage, clientToolCall, userMessage } from "../store/rows.ts";
import { newDatabase } from "../support/postgres.ts";

const LONG = Number(process.argv[2] ?? 1_000_000);
const SHORT = 100;
const REPEATS = 400;
const me: UserScope = { userId: "bench" };

type Operation = (store: Store<UserScope>, thread: string, size: number) => Promise<unknown>;
const near = (size: number) => `item-${size - 30}`;

const OPERATIONS: Record<string, Operation> = {
  "last page, oldest first": (store, thread, size) => store.loadThreadItems(thread, near(size), 20, "asc", me),
  "last page, newest first": (store, thread) => store.loadThreadItems(thread, null, 20, "desc", me),
  "second last page": (store, thread, size) => store.loadThreadItems(thread, near(size), 20, "desc", me),
  "visible page": (store, thread, size) => store.loadVisibleItems(thread, near(size), 20, "desc", me),
  "visible page past hidden items": (store, thread) => store.loadVisibleItems(thread, null, 20, "asc", me),
  "thread with items": (store, thread) => store.loadThreadWithItems(thread, 20, me),
  "recent items": (store, thread) => store.recentItems(thread, 20, me),
  "one item": (store, thread, size) => store.loadItem(thread, near(size), me),
  "add an item": (store, thread) => store.addThreadItem(thread, assistantMessage(thread, "x".repeat(300)), me),
  "open and close a run": async (store, thread) => {
    const run = aRun(thread);
    await store.openRun({ run, message: userMessage(thread, "hello") }, me);
    await store.closeRun(run, me);
  },
  "complete a client tool call": async (store, thread) => {
    await store.addThreadItem(thread, clientToolCall(thread), me);
    await store.completeClientToolCall(thread, { ok: true }, me);
  },
  "retry": async (store, thread) => {
    const message = userMessage(thread, "again");
    await store.addThreadItem(thread, message, me);
    await store.addThreadItem(thread, assistantMessage(thread, "answer"), me);
    await store.deleteItemsAfter(thread, message.id, me);
  },
};

/** The first half of each thread is hidden, the worst case of a page that has to pass them by. */
const text = JSON.stringify({ ...userMessage("T", "x".repeat(300)), id: "ID", thread_id: "T" });

function fillSqlite(path: string, thread: string, size: number): void {
  const db = new Database(path);
  db.run("pragma synchronous = off");
  const insert = db.prepare("insert into items (user_id, thread_id, id, position, hidden, pending_call, data) values (?, ?, ?, ?, ?, 0, ?)");
  db.transaction(() => {
    for (let i = 1; i <= size; i++) insert.run(me.userId, thread, `item-${i}`, i, Number(i < size / 2), text.replace("ID", `item-${i}`));
    db.run("update threads set next_position = ? where id = ?", [size + 1, thread]);
  })();
  db.close();
}

async function fillPostgres(url: string, thread: string, size: number): Promise<void> {
  const sql = postgres(url, { max: 1 });
  await sql`
    insert into chatkit_items (user_id, thread_id, id, position, hidden, pending_call, data)
    select ${me.userId}, ${thread}, 'item-' || i, i, i < ${size / 2}, false, jsonb_set(${text}::text::jsonb, '{id}', to_jsonb('item-' || i))
    from generate_series(1, ${size}::int) as i`;
  await sql`update chatkit_threads set next_position = ${size + 1} where id = ${thread}`;
  await sql`analyze`;
  await sql.end();
}

async function median(operation: Operation, store: Store<UserScope>, thread: string, size: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = Bun.nanoseconds();
    await operation(store, thread, size);
    times.push((Bun.nanoseconds() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[REPEATS / 2] ?? 0;
}

async function measure(name: string, store: Store<UserScope>, fill: (thread: string, size: number) => void | Promise<void>): Promise<void> {
  for (const [id, size] of [["short", SHORT], ["long", LONG]] as const) {
    await store.saveThread({ id, created_at: new Date().toISOString(), status: { type: "active" }, metadata: {} }, me);
    await fill(id, size);
  }
  console.log(`\n${name}: microseconds, median of ${REPEATS}`.padEnd(48), String(SHORT).padStart(10), String(LONG).padStart(10), "ratio".padStart(8));
  for (const [label, operation] of Object.entries(OPERATIONS)) {
    await median(operation, store, "short", SHORT);
    const [short, long] = [await median(operation, store, "short", SHORT), await median(operation, store, "long", LONG)];
    console.log(label.padEnd(47), short.toFixed(0).padStart(10), long.toFixed(0).padStart(10), (long / short).toFixed(2).padStart(8));
  }
  await store.close();
}

const folder = mkdtempSync(join(tmpdir(), "chatkit-bench-"));
const path = join(folder, "chat.db");
const sqlite = new SqliteStore(path);
await sqlite.migrate();
await measure("SQLite", sqlite, (thread, size) => fillSqlite(path, thread, size));
rmSync(folder, { recursive: true });

const url = await newDatabase();
const store = new PostgresStore({ url });
await store.migrate();
await measure("PostgreSQL", store, (thread, size) => fillPostgres(url, thread, size));
