import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import type { Migratable } from "../../src/store/upkeep.ts";
import type { Store, UserScope } from "../../src/store/store.ts";
import { aRun, allItems, savedThread, someone, textsOf, userMessage } from "../store/rows.ts";
import { newDatabase } from "../support/postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-processes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Opened = { database: string; store: Store<UserScope> & Migratable };

async function openSqlite(): Promise<Opened> {
  const database = join(folder, `${crypto.randomUUID()}.db`);
  return { database, store: new SqliteStore(database) };
}

async function openPostgres(): Promise<Opened> {
  const database = await newDatabase();
  return { database, store: new PostgresStore({ url: database }) };
}

function start(database: string, me: UserScope, verb: string, threads: string[]) {
  const script = join(import.meta.dir, "store-process.ts");
  const child = Bun.spawn([process.execPath, script, database, me.userId, verb, ...threads], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = linesOf(child.stdout);
  return { child, next: async () => (await lines.next()).value, rest: () => Array.fromAsync(lines) };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

for (const [name, open] of [["SQLite", openSqlite], ["PostgreSQL", openPostgres]] as const) {
  describe(`${name}, shared by processes`, () => {
    async function withStore(work: (opened: Opened, me: UserScope) => Promise<void>): Promise<void> {
      const opened = await open();
      try {
        await opened.store.migrate();
        await work(opened, someone());
      } finally {
        await opened.store.close();
      }
    }

    test("of two that race for each of 200 threads exactly one gets it, and one message is stored", () =>
      withStore(async ({ database, store }, me) => {
        const ids: string[] = [];
        for (let i = 0; i < 200; i++) ids.push((await savedThread(store, me)).id);
        const racers = [start(database, me, "race", ids), start(database, me, "race", ids)];
        for (const { next } of racers) expect(await next()).toBe("ready");
        for (const { child } of racers) {
          child.stdin.write("go\n");
          child.stdin.flush();
        }
        const [one = [], other = []] = await Promise.all(racers.map(({ rest }) => rest()));
        for (const [i, id] of ids.entries()) {
          expect([one[i], other[i]].toSorted()).toEqual(["opened", "thread_busy"]);
          expect(await allItems(store, id, me)).toHaveLength(1);
        }
      }), 60_000);

    test("what was acknowledged before a kill -9 is there, once, and in order", () =>
      withStore(async ({ database, store }, me) => {
        const { id } = await savedThread(store, me);
        const writers = [start(database, me, "write", [id]), start(database, me, "write", [id])];
        for (const { next } of writers) await next();
        const begun = await Promise.all(writers.map(({ next }) => firstOf(next, 20)));
        for (const { child } of writers) child.kill("SIGKILL");
        const acknowledged = await Promise.all(writers.map(async ({ rest }, i) => [...begun[i]!, ...(await rest())]));
        const stored: string[] = [];
        let after: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof store.loadThreadItems>> = await store.loadThreadItems(id, after, 500, "asc", me);
          stored.push(...page.data.map((item) => item.id));
          after = page.after ?? null;
        } while (after);
        expect(new Set(stored).size).toBe(stored.length);
        for (const ids of acknowledged) {
          expect(ids.length).toBeGreaterThanOrEqual(20);
          expect(stored.filter((item) => ids.includes(item))).toEqual(ids);
        }
      }), 60_000);

    test("a run whose process was killed leaves its checkpoint, once its lease is over", () =>
      withStore(async ({ database, store }, me) => {
        const { id } = await savedThread(store, me);
        const holder = start(database, me, "hold", [id]);
        for (let i = 0; i < 5; i++) await holder.next();
        expect(await store.openRun({ run: aRun(id) }, me).catch((error) => error.code)).toBe("thread_busy");
        holder.child.kill("SIGKILL");
        await holder.rest();
        for (const deadline = Date.now() + 2000; (await store.recoverRuns()) === 0; await Bun.sleep(50)) expect(Date.now()).toBeLessThan(deadline);
        const texts = textsOf(await allItems(store, id, me));
        expect(texts.at(-2)).toStartWith("half of ");
        expect(texts.at(-1)).toBe("sdk_hidden_context");
        await store.openRun({ run: aRun(id) }, me);
      }), 60_000);

    test("a run whose process slept past its lease writes nothing after it wakes", () =>
      withStore(async ({ database, store }, me) => {
        const { id } = await savedThread(store, me);
        const holder = start(database, me, "hold", [id]);
        for (let i = 0; i < 5; i++) await holder.next();
        holder.child.kill("SIGSTOP");
        await Bun.sleep(1200);
        await store.openRun({ run: aRun(id), message: userMessage(id, "next question") }, me);
        const before = await allItems(store, id, me);
        holder.child.kill("SIGCONT");
        expect((await holder.rest()).at(-1)).toBe("conflict");
        expect(await allItems(store, id, me)).toEqual(before);
        expect(textsOf(before).at(-1)).toBe("next question");
      }), 60_000);
  });
}

async function firstOf(next: () => Promise<string | undefined>, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await next(); line !== undefined && lines.push(line) < count; ) line = await next();
  return lines;
}
