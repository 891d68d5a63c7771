/**
 * What an operation costs on a long thread, as a ratio to a short one; through `process()`, on SQLite.
 * bun test/bench/threads.ts [items]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assistantMessage } from "../../src/server/builders.ts";
import { StreamingResult } from "../../src/server/result.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { ask, asker, createThread, itemsOf, ports, Scripted } from "../support/chat.ts";

const LONG = Number(process.argv[2] ?? 100_000);
const ROUNDS = 300;

const folder = mkdtempSync(join(tmpdir(), "chatkit-bench-"));
const store = new SqliteStore<RequestContext>(join(folder, "bench.db"));
await store.migrate();
const server = new Scripted(async function* () {
  yield assistantMessage("An answer.");
}, ports(store));

async function threadOf(length: number): Promise<string> {
  const { threadId } = await createThread(server);
  const context = asker();
  for (let made = 2; made < length; ) {
    const batch = Array.from({ length: Math.min(1000, length - made) }, (_, i) => {
      const id = `msg_${String(made + i).padStart(8, "0")}`;
      const content = [{ type: "output_text" as const, text: `Item ${made + i} of a long thread.`, annotations: [] }];
      return store.addThreadItem(threadId, { id, thread_id: threadId, created_at: "2026-01-01T00:00:00.000Z", type: "assistant_message", content }, context);
    });
    await Promise.all(batch);
    made += batch.length;
  }
  await addMessage(threadId);
  return threadId;
}

async function drain(type: string, params: object): Promise<void> {
  const result = await server.process(JSON.stringify({ type, params }), asker());
  if (!(result instanceof StreamingResult)) throw new Error(type);
  for await (const _frame of result);
}

const addMessage = (thread_id: string) =>
  drain("threads.add_user_message", { thread_id, input: { content: [{ type: "input_text", text: "hi" }], attachments: [], inference_options: {} } });

async function lastMessage(threadId: string): Promise<string> {
  const page = await ask<{ data: { id: string; type: string }[] }>(server, "items.list", { thread_id: threadId, order: "desc", limit: 5 });
  return page.data.find((item) => item.type === "user_message")!.id;
}

const [short, long] = [await threadOf(100), await threadOf(LONG)];
const [shortLast, longLast] = [await lastMessage(short), await lastMessage(long)];
const cursors = { [short]: (await itemsOf(server, short))[50]!.id, [long]: `msg_${String(LONG - 30).padStart(8, "0")}` };

const operations: Record<string, (threadId: string) => Promise<unknown>> = {
  "items.list, newest first": (thread_id) => ask(server, "items.list", { thread_id }),
  "items.list, after a cursor near the end": (thread_id) => ask(server, "items.list", { thread_id, order: "asc", after: cursors[thread_id], limit: 20 }),
  "threads.get_by_id": (thread_id) => ask(server, "threads.get_by_id", { thread_id }),
  "threads.retry_after_item, last message": (thread_id) => drain("threads.retry_after_item", { thread_id, item_id: thread_id === short ? shortLast : longLast }),
  "threads.add_user_message": addMessage,
};

for (const [name, operation] of Object.entries(operations)) {
  const times: Record<string, number[]> = { [short]: [], [long]: [] };
  // In turn, so that whatever else the machine does falls on both.
  for (let round = 0; round < ROUNDS; round++) {
    for (const threadId of [short, long]) {
      const started = performance.now();
      await operation(threadId);
      times[threadId]!.push(performance.now() - started);
    }
  }
  const median = (threadId: string) => times[threadId]!.sort((a, b) => a - b)[ROUNDS / 2]!;
  console.log(`${name}: 100 items ${median(short).toFixed(3)} ms, ${LONG.toLocaleString("en")} items ${median(long).toFixed(3)} ms: ratio ${(median(long) / median(short)).toFixed(2)}`);
}
await store.close();
rmSync(folder, { recursive: true });
