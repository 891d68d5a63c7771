import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { SqliteDatabase } from "../../../src/store/sqlite/database.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { until } from "../../support/until.ts";
import { aThread, refusal, savedThread, someone } from "../rows.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-trouble-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newPath = () => join(folder, `${crypto.randomUUID()}.db`);
const PAGE_BYTES = 4096;

/** A database with a table of texts; `limit` lets it grow by so many pages and no further. */
async function openDatabase() {
  const db = new SqliteDatabase(newPath());
  await db.write(() => db.script("create table texts (id integer primary key, text text)"));
  const limit = (pages: number) => {
    const { page_count } = db.get<{ page_count: number }>("pragma page_count")!;
    db.get(`pragma max_page_count = ${page_count + pages}`);
  };
  const insert = (id: number, bytes: number) => db.write(() => db.run("insert into texts (id, text) values (?1, ?2)", id, "x".repeat(bytes)));
  const stored = () => db.all<{ id: number }>("select id from texts order by id").map(({ id }) => id);
  return { db, limit, insert, stored };
}

describe.concurrent("a database file", () => {
  test("that is full in the midst of a shared commit: each write is told what has become of it", async () => {
    const { db, limit, insert, stored } = await openDatabase();
    limit(40);
    const sizes = [10, 10, 100 * PAGE_BYTES, 10, 20 * PAGE_BYTES, 100 * PAGE_BYTES, 10];
    const outcomes = await Promise.all(sizes.map((bytes, i) => refusal(insert(i, bytes))));
    expect(outcomes.flatMap((error, i) => (error ? [[i, error.code]] : []))).toEqual([2, 5].map((i) => [i, "store_unavailable"]));
    expect(stored()).toEqual([0, 1, 3, 4, 6]);
    await db.close();
  });

  test("that is full can be read, says so until there is room again, and takes writes at once when there is", async () => {
    const { db, limit, insert, stored } = await openDatabase();
    await insert(1, 10);
    limit(0);
    const outcome = await refusal(insert(2, 10 * PAGE_BYTES));
    expect(outcome).toMatchObject({ code: "store_unavailable", status: 503, trouble: "disk_full", retryAfterS: 5, message: "The database can only be read right now." });
    expect(() => db.requireWritable()).toThrow(outcome!.message);
    expect(stored()).toEqual([1]);
    // What is smaller may still find a place: that says nothing of the rest.
    await insert(3, 10);
    expect(() => db.requireWritable()).toThrow();
    limit(1000);
    await insert(4, 10 * PAGE_BYTES);
    await until(async () => {
      try {
        db.requireWritable();
        return true;
      } catch {
        return undefined;
      }
    });
    expect(stored()).toEqual([1, 3, 4]);
    expect(db.get("select 1 from sqlite_schema where name = 'trial'")).toBeNull();
    await db.close();
  }, 20_000);

  test("that may only be read says so", async () => {
    const { db, insert } = await openDatabase();
    db.get("pragma query_only = on");
    expect(await refusal(insert(1, 10))).toMatchObject({ code: "store_unavailable", trouble: "read_only" });
    expect(() => db.requireWritable()).toThrow();
    await db.close();
  });

  test("that another process holds stops nobody but those who write, and they go on when it lets go", async () => {
    const path = newPath();
    const store = new SqliteStore(path);
    await store.migrate();
    const me = someone();
    const { id } = await savedThread(store, me);
    const holder = await hold(path);
    let isStored = false;
    const write = store.saveThread(aThread(), me).then(() => (isStored = true));
    // A loop that waits inside SQLite would never come to let the other process go.
    for (let i = 0; i < 20; i++) {
      await Bun.sleep(10);
      expect((await store.loadThread(id, me)).id).toBe(id);
    }
    await store.ping();
    expect(isStored).toBe(false);
    await holder.letGo();
    await write;
    expect((await store.loadThreads(10, null, "asc", me)).data).toHaveLength(2);
    await store.close();
  });

  test("that is new, and that another process is making at this moment: opening waits for it", async () => {
    const path = newPath();
    await hold(path, 200);
    // SQLite itself does not wait here, whatever its patience.
    const store = new SqliteStore(path);
    await store.migrate();
    await store.close();
  });

  test("that another process holds at the end: what was asked for before is stored when it lets go", async () => {
    const path = newPath();
    const store = new SqliteStore(path);
    await store.migrate();
    const me = someone();
    const holder = await hold(path);
    const write = store.saveThread(aThread(), me);
    const closed = store.close();
    await Bun.sleep(50);
    await holder.letGo();
    await Promise.all([write, closed]);
    const again = new SqliteStore(path);
    expect((await again.loadThreads(10, null, "asc", me)).data).toHaveLength(1);
    await again.close();
  });
});

/** Another process that has begun to write; until it is told to let go, or for so many milliseconds. */
async function hold(path: string, ms?: number) {
  const script = `
    const db = new (require("bun:sqlite").Database)(${JSON.stringify(path)});
    db.run("begin immediate");
    console.log("held");
    ${ms === undefined ? "for await (const _ of console) break" : `await Bun.sleep(${ms})`};
    db.run("rollback");`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
  await child.stdout.getReader().read();
  const letGo = async () => {
    child.stdin.write("go\n");
    child.stdin.end();
    await child.exited;
  };
  return { letGo };
}
