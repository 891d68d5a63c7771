import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { Page, Thread } from "../../src/protocol/thread.ts";
import { doneItems, say } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, startBinary, type Program } from "../support/binary.ts";
import { textOf, userInput } from "../support/chat.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

/** The default, 15 s, is long to wait for. */
const LEASE = ["--lease", "5s"];

const itemsOf = async (program: Program, thread_id: string) =>
  (await program.ask<Page<ThreadItem>>("items.list", { thread_id, order: "asc", limit: 1000 })).data;

test.concurrent("what a client was told is done is there after kill -9", async () => {
  const model = new ResponsesServer();
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  await using folder = await emptyFolder();
  const told: ThreadItem[] = [];
  for (let round = 0; round < 3; round++) {
    const program = await startBinary([], { cwd: folder.path, env });
    const clients = Array.from({ length: 8 }, async (_, client) => {
      try {
        for (let n = 0; ; n++) {
          const response = await program.post({ type: "threads.create", params: { input: userInput(`round ${round}, ${client}, ${n}`) } });
          for await (const event of eventsOf(response)) if (event.type === "thread.item.done") told.push(event.item as ThreadItem);
        }
      } catch {
        // The connection was cut: the program is dead.
      }
    });
    const enough = (round + 1) * 50;
    await until(async () => told.length >= enough || undefined);
    await program.end("SIGKILL");
    await Promise.all(clients);
  }
  await model.stop();
  await using program = await startBinary([], { cwd: folder.path });
  const kept = new Map<string, ThreadItem>();
  for (const threadId of new Set(told.map((item) => item.thread_id))) {
    for (const item of await itemsOf(program, threadId)) kept.set(item.id, item);
  }
  expect(told.length).toBeGreaterThanOrEqual(150);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  for (const item of told) expect(kept.get(item.id)).toEqual(item);
});

test.concurrent("a client that leaves in the middle stores what it has read, and the model is no longer asked", async () => {
  const model = new ResponsesServer();
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  try {
    await using program = await startBinary(["--database-url", "memory:"], { env });
    const client = new AbortController();
    const long = say({ turns: [[{ text: "word ".repeat(200).trim() }]], delay: 20 });
    const response = await program.post({ type: "threads.create", params: { input: userInput(long) } }, { signal: client.signal });
    let read = "";
    let threadId = "";
    try {
      for await (const event of eventsOf(response)) {
        if (event.type === "thread.created") threadId = event.thread.id;
        if (event.type !== "thread.item.updated" || event.update.type !== "assistant_message.content_part.text_delta") continue;
        read += event.update.delta;
        if (read.length > 40) client.abort();
      }
    } catch {
      // Our own abort.
    }
    const partial = await until(async () => (await itemsOf(program, threadId)).find((item) => item.type === "assistant_message"));
    expect(textOf(partial).length).toBeGreaterThanOrEqual(read.length);
    expect(textOf(partial)).toStartWith(read.trimEnd());
    await until(async () => model.aborted === 1 || undefined);
  } finally {
    await model.stop();
  }
});

test.concurrent("a thread whose process was killed in the middle is usable again, with the partial text", async () => {
  const model = new ResponsesServer();
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  await using folder = await emptyFolder();
  try {
    const first = await startBinary(LEASE, { cwd: folder.path, env });
    const endless = say({ turns: [[{ text: "word ".repeat(2000).trim() }]], delay: 10 });
    const response = await first.post({ type: "threads.create", params: { input: userInput(endless) } });
    let threadId = "";
    let told = 0;
    const reading = (async () => {
      for await (const event of eventsOf(response)) {
        told++;
        if (event.type === "thread.created") threadId = event.thread.id;
      }
    })().catch(() => {});
    // Some two seconds of the answer: a checkpoint is written every second.
    await until(async () => (told > 200 ? true : undefined), 30_000);
    await first.end("SIGKILL");
    await reading;
    await using second = await startBinary(LEASE, { cwd: folder.path, env });
    // Two leases at most.
    const partial = await until(async () => (await itemsOf(second, threadId)).find((item) => item.type === "assistant_message"), 35_000);
    expect(textOf(partial)).toStartWith("word word");
    const again = await second.events("threads.add_user_message", { thread_id: threadId, input: userInput(say([[{ text: "Back." }]])) });
    expect(doneItems(again).at(-1)).toMatchObject({ type: "assistant_message" });
    expect((await second.ask<Thread>("threads.get_by_id", { thread_id: threadId })).status).toEqual({ type: "active" });
  } finally {
    await model.stop();
  }
});
