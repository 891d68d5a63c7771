import { Database } from "bun:sqlite";
import { describe, expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { createApp } from "../../src/http/app.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { Page, ThreadMetadata } from "../../src/protocol/thread.ts";
import { assistantMessage } from "../../src/server/builders.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { Limits } from "../../src/server/limits/limits.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { assistantMessage as assistantItem } from "../store/rows.ts";
import { emptyFolder } from "../support/binary.ts";
import { ask, asker, createThread, ports, Scripted, threadOf } from "../support/chat.ts";
import { HOSTILE_BODIES } from "../support/hostile-bodies.ts";
import { until } from "../support/until.ts";

/** What one client may cost: one test for each attack, named by its weakness. */

const post = (app: ReturnType<typeof createApp>, body: string) =>
  Promise.resolve(app.request("/chatkit", { method: "POST", body, headers: { "content-type": "application/json" } }));

/** The most processor time of this thread between two turns of the loop while that is going on: not that of other processes, nor of the collector's threads. */
async function longestHoldMs(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  let before = process.threadCpuUsage();
  const look = () => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work;
  isOver = true;
  return longest;
}

describe("what a body may cost", () => {
  const app = createApp(
    new Scripted(async function* () {
      yield assistantMessage("Hello.");
    }, ports()),
  );

  for (const [kind, body] of Object.entries(HOSTILE_BODIES)) {
    test(`CWE-770: a mebibyte of ${kind} holds nobody up`, async () => {
      await (await post(app, body)).text();
      const answered = post(app, body);
      const hold = await longestHoldMs(answered);
      expect((await answered).status).toBeLessThan(500);
      // Issues of half a million values, collected and thrown away, took 500 to 1,600 ms.
      expect(hold).toBeLessThan(100);
    });
  }

  test("CWE-400: the memory of a large body is given back with the answer, and never what a caller has given", async () => {
    const read = spyOn(Request.prototype, "bytes");
    const body = Buffer.from(`{"type":"threads.list","params":{"surplus":"${"x".repeat(100_000)}"}}`);
    await app.request("/chatkit", { method: "POST", body, headers: { "content-type": "application/json", "content-length": String(body.byteLength) } });
    const arrived = (await read.mock.results[0]?.value) as Uint8Array;
    read.mockRestore();
    expect(arrived.byteLength).toBe(0);
    expect(body.toString()).toContain("surplus");
    const server = new Scripted(async function* () {}, ports());
    expect(await server.process(body, asker())).toMatchObject({ operation: "threads.list" });
    expect(body.toString()).toContain("surplus");
  });
});

describe("what an answer may cost", () => {
  const MIB = 1024 ** 2;

  test("CWE-770: fifty threads with a megabyte each, written when nobody counted, make a page of a mebibyte or of one row", async () => {
    await using folder = await emptyFolder();
    const path = join(folder.path, "chat.db");
    const store = new SqliteStore<RequestContext>(path);
    await store.migrate();
    const db = new Database(path);
    const insert = db.prepare("insert into threads (user_id, id, position, next_position, data, updated_at, updated_on) values ('local', ?1, ?2, 1, ?3, 0, 0)");
    const thread = (id: string) => JSON.stringify({ id, title: "x".repeat(1_000_000), created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" }, metadata: {} });
    db.transaction(() => {
      for (let i = 1; i <= 50; i++) insert.run(`thr_${i}`, i, thread(`thr_${i}`));
    })();
    db.close();
    const app = createApp(new Scripted(async function* () {}, ports(store)));
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    const answer = await (await post(app, '{"type":"threads.list","params":{"limit":9999}}')).text();
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * MIB);
    expect(answer.length).toBeLessThan(MIB);
    expect(JSON.parse(answer)).toMatchObject({ data: [{ id: "thr_50" }], has_more: true, after: "thr_50" });
    await store.close();
  });

  test("CWE-770: a store of one's own that gives all it has makes an answer of a mebibyte, and what follows is asked for", async () => {
    class Generous extends MemoryStore<RequestContext> {
      override async loadThreads(): Promise<Page<ThreadMetadata>> {
        const data = Array.from({ length: 50 }, (_, i) => ({ id: `thr_${i}`, title: "é".repeat(50_000), created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" as const }, metadata: {} }));
        return { data, has_more: false };
      }
    }
    const app = createApp(new Scripted(async function* () {}, ports(new Generous())));
    const response = await post(app, '{"type":"threads.list","params":{"limit":9999}}');
    const bytes = await response.bytes();
    expect(bytes.length).toBeLessThanOrEqual(MIB);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ data: { length: 10 }, has_more: true, after: "thr_9" });
  });

  test("CWE-770: a thread of large items opens with those that fit, and all of them are found page by page", async () => {
    const store = new MemoryStore<RequestContext>();
    const server = new Scripted(async function* () {}, ports(store));
    const { threadId } = await createThread(server);
    for (let i = 0; i < 6; i++) await store.addThreadItem(threadId, assistantItem(threadId, `${i} ${"é".repeat(200_000)}`), asker());
    const thread = await threadOf(server, threadId);
    expect(thread.items).toMatchObject({ data: { length: 3 }, has_more: true });
    const seen = thread.items.data.map(({ id }) => id);
    for (let after = thread.items.after; after !== undefined; ) {
      const page = await ask<Page<ThreadItem>>(server, "items.list", { thread_id: threadId, order: "asc", limit: 9999, after });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(MIB);
      seen.push(...page.data.map(({ id }) => id));
      after = page.after;
    }
    expect(new Set(seen).size).toBe(7);
  });
});

describe("what a crowd may cost", () => {
  const counted = { requestsPerMinute: 10, answersPerMinute: 10, answersPerUser: 5, answers: 100, refusalsPerMinute: 10 };

  test("CWE-799: a user who asks ten times as often as one may is held to it, and nobody else", async () => {
    const app = createApp(new Scripted(async function* () {}, ports()), { limits: new Limits(counted) });
    const ask = (user: string) => app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json", "x-user-id": user }, body: '{"type":"threads.list","params":{}}' });
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await ask("eve")).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect((await ask("ada")).status).toBe(200);
  });

  test("CWE-400: eighty thousand users and addresses who come once are forgotten", () => {
    const limits = new Limits(counted);
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 80_000; i++) {
      limits.request(`user-${i}`);
      limits.refusal(`2001:db8::${i.toString(16)}`);
      limits.answer(`user-${i}`, { newThread: true })();
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 1024 ** 2);
  });

  test("CWE-400: answers that nobody reads to their end, and bodies sent again and again, take no more places than there are", async () => {
    const limits = new Limits({ answersPerUser: 3 });
    const server = new Scripted(async function* () {
      yield assistantMessage("begun");
      await new Promise(() => {});
    }, ports());
    const app = createApp(server, { limits });
    const body = JSON.stringify({ type: "threads.create", params: { input: { content: [{ type: "input_text", text: "x" }], attachments: [], inference_options: {} } } });
    const headers = { "content-type": "application/json", "chatkit-frame-instance-id": "page" };
    const gone = new AbortController();
    const first: string[] = [];
    for (let i = 0; i < 20; i++) {
      const response = await app.request("/chatkit", { method: "POST", body, headers, signal: gone.signal });
      const reader = response.body!.getReader();
      let frame = "";
      while (!frame.includes("data: ")) frame += new TextDecoder().decode((await reader.read()).value);
      first.push(frame);
    }
    expect(first.filter((frame) => frame.includes("thread.created"))).toHaveLength(3);
    expect(first.filter((frame) => frame.includes('"error"'))).toHaveLength(17);
    gone.abort();
    const places = await until(async () => attempt(() => [1, 2, 3].map(() => limits.answer("local", undefined))));
    expect(places).toHaveLength(3);
  });
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
