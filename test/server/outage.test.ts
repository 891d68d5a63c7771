import { describe, expect, test } from "bun:test";
import { ChatKitError } from "../../src/errors.ts";
import type { SentEvent, ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import { assistantMessage, progress } from "../../src/server/builders.ts";
import { ask, asker, createThread, events, itemsOf, ports, recordingLogger, Scripted, stream, textOf, threadOf, userInput } from "../support/chat.ts";
import { faultyStore } from "../support/faulty-store.ts";
import { ManualClock } from "../support/manual-clock.ts";

const added: ThreadStreamEvent = { type: "thread.item.added", item: { id: "m", type: "assistant_message", content: [] } };
const delta = (text: string): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id: "m",
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});
const done = (text: string): ThreadStreamEvent => ({ type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text }] } });
const LEASE_MS = 6000;

/** A server with a store that can be cut off, and time that passes when told. */
function setUp(answer: (say: AsyncIterable<ThreadStreamEvent>) => Scripted["answer"] = (say) => () => say) {
  const clock = new ManualClock();
  const store = faultyStore(clock.now);
  const logger = recordingLogger();
  const queue: ThreadStreamEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let isOver = false;
  let calls = 0;
  async function* said(): AsyncGenerator<ThreadStreamEvent, void> {
    for (;;) {
      const next = queue.shift();
      if (next) yield next;
      else if (isOver) return;
      else await wake.promise;
    }
  }
  const say = (...more: ThreadStreamEvent[]) => {
    queue.push(...more);
    wake.resolve();
    wake = Promise.withResolvers();
    return clock.pass(100);
  };
  const end = () => {
    isOver = true;
    return say();
  };
  const server = new Scripted((...args) => {
    calls++;
    return answer(said())(...args);
  }, { ...ports(store, logger), clock, leaseMs: LEASE_MS });
  return { clock, store, logger, server, say, end, queued: () => queue.length, calls: () => calls };
}

type World = ReturnType<typeof setUp>;

/** Begins an answer and reads it in the background. */
async function begin({ server, clock }: World, context = asker()) {
  const sent: SentEvent[] = [];
  let isOver = false;
  const reading = (async () => {
    for await (const event of stream(server, "threads.create", { input: userInput("question") }, context)) sent.push(event);
    isOver = true;
  })();
  await clock.pass(100);
  const first = sent[0];
  if (first?.type !== "thread.created") throw new Error("not begun");
  return { sent, threadId: first.thread.id, reading, context, isOver: () => isOver };
}

function follow({ server }: World, type: string, params: object) {
  const sent: SentEvent[] = [];
  const reading = (async () => {
    for await (const event of stream(server, type, params)) sent.push(event);
  })();
  return { sent, reading };
}

const textsOf = async (server: Scripted, threadId: string) => (await itemsOf(server, threadId)).map(textOf);

describe("a store that is away for longer than the lease", () => {
  test("is not noticed by who reads, if it is back in time: everything is stored", async () => {
    const world = setUp();
    const { sent, threadId, reading } = await begin(world);
    await world.say(added, delta("one "));
    world.store.isAway = true;
    await world.clock.pass(LEASE_MS + 500);
    await world.say(delta("two "), delta("three"), done("one two three"), assistantMessage("four"));
    world.store.isAway = false;
    await world.clock.pass(1000);
    await world.end();
    await reading;
    expect(sent.filter(({ type }) => type === "error")).toEqual([]);
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one two three", "four"]);
  });

  test("is told to who reads within ten seconds, as an error that can be retried; the answer goes on and is stored", async () => {
    const world = setUp((say) => async function* (thread) {
      thread.title = "Named";
      yield* say;
    });
    const { sent, threadId, reading, isOver } = await begin(world);
    await world.say(added, delta("one "));
    world.store.isAway = true;
    await world.say(delta("two "));
    await world.clock.pass(7000);
    expect(isOver()).toBeFalse();
    await world.clock.pass(1900);
    await reading;
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: true });
    await world.say(delta("three"), done("one two three"));
    await world.clock.pass(10 * LEASE_MS);
    await world.say(assistantMessage("four"));
    world.store.isAway = false;
    await world.clock.pass(1000);
    await world.end();
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one two three", "four"]);
    expect((await threadOf(world.server, threadId)).title).toBe("Named");
    expect(world.server.runs.size).toBe(0);
    expect(world.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is told to who reads in time, too, when another write was answered after the one that got no answer", async () => {
    const world = setUp();
    const { store, clock } = world;
    const { sent, isOver } = await begin(world);
    await world.say(added, delta("one "));
    const checkpoint = store.checkpointRun;
    const isAsked = Promise.withResolvers<void>();
    store.checkpointRun = async () => {
      store.checkpointRun = checkpoint;
      isAsked.resolve();
      await new Promise<void>((resolve) => clock.after(5000, resolve));
      throw new ChatKitError("store_unavailable");
    };
    await world.say(delta("two "));
    await clock.pass(1500);
    await isAsked.promise;
    await world.say(assistantMessage("stored meanwhile"));
    store.isAway = true;
    await world.say(delta("three "));
    await clock.pass(8200);
    expect(isOver()).toBeTrue();
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: true });
  });

  test("is told to who reads, too, when it takes checkpoints and no items, as a full disk may", async () => {
    const world = setUp();
    const { sent, threadId, reading } = await begin(world);
    await world.say(added, delta("one "));
    world.store.failing = ["addThreadItem"];
    await world.say(delta("two"), done("one two"));
    await world.clock.pass(9900);
    await reading;
    expect(world.store.calls.filter((call) => call === "checkpointRun").length).toBeGreaterThan(2);
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: true });
    world.store.failing = [];
    await world.clock.pass(1000);
    await world.end();
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one two"]);
    expect(world.server.runs.size).toBe(0);
  });

  test("is one line in the log, however long it lasts, and one at its end", async () => {
    const world = setUp();
    await begin(world);
    world.store.isAway = true;
    await world.say(added, delta("one"));
    await world.clock.pass(60_000);
    const told = () => world.logger.lines.map(({ message }) => message);
    expect(told()).toEqual(["the database takes nothing now: an answer is kept, and stored when it does again"]);
    world.store.isAway = false;
    await world.clock.pass(1000);
    expect(told().slice(1)).toEqual(["the database can be used again: nothing of an answer waits for it any more"]);
    const drained = world.server.drain(0);
    await world.clock.pass(1000);
    await drained;
  });

  test("lets who asks again read the answer that goes on, and asks the model no second time", async () => {
    const world = setUp();
    const { sent, threadId, reading } = await begin(world);
    const item_id = sent[1]?.type === "thread.item.done" ? sent[1].item.id : "";
    await world.say(added, delta("one "));
    world.store.isAway = true;
    await world.clock.pass(10_000);
    await reading;
    const again = follow(world, "threads.retry_after_item", { thread_id: threadId, item_id });
    await world.clock.pass(100);
    expect(JSON.stringify(again.sent)).toContain('"text":"one "');
    await world.say(delta("two"), done("one two"));
    world.store.isAway = false;
    await world.clock.pass(1000);
    await world.end();
    await again.reading;
    expect(again.sent.at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "one two" }] } });
    expect(world.calls()).toBe(1);
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one two"]);
  });

  test("is told to who asks again as well, when it stays away", async () => {
    const world = setUp();
    const { sent, threadId, reading } = await begin(world);
    const item_id = sent[1]?.type === "thread.item.done" ? sent[1].item.id : "";
    await world.say(added, delta("one "));
    world.store.isAway = true;
    await world.clock.pass(10_000);
    await reading;
    const again = follow(world, "threads.retry_after_item", { thread_id: threadId, item_id });
    await world.clock.pass(9000);
    await again.reading;
    expect(again.sent.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    world.store.isAway = false;
    await world.say(done("one"));
    await world.end();
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one"]);
  });

  test("makes another message wait, and takes it once the answer is stored", async () => {
    const world = setUp();
    const { threadId, reading } = await begin(world);
    await world.say(added, delta("one"));
    world.store.isAway = true;
    await world.clock.pass(2 * LEASE_MS);
    await reading;
    world.store.isAway = false;
    const message = () => events(world.server, "threads.add_user_message", { thread_id: threadId, input: userInput("next") });
    expect(await message()).toMatchObject([{ type: "error", allow_retry: true }]);
    await world.say(done("one"));
    await world.end();
    expect((await message()).at(0)).toMatchObject({ type: "thread.item.done" });
    expect((await textsOf(world.server, threadId)).slice(0, 3)).toEqual(["question", "one", "next"]);
  });

  test("stops an answer at a megabyte that could not be stored, and lets it go on afterwards", async () => {
    const world = setUp();
    const { threadId } = await begin(world);
    const piece = "x".repeat(200_000);
    await world.say(added);
    world.store.isAway = true;
    for (let i = 0; i < 12; i++) {
      await world.say(delta(piece));
      await world.clock.pass(800);
    }
    expect(world.queued()).toBeGreaterThan(3);
    world.store.isAway = false;
    await world.clock.pass(1000);
    expect(world.queued()).toBe(0);
    await world.say(done(piece.repeat(12)));
    await world.end();
    const [, whole] = await world.store.recentItems(threadId, 2, asker());
    expect(textOf(whole)).toHaveLength(12 * piece.length);
  });

  test("keeps what was read by who stopped the answer meanwhile", async () => {
    const world = setUp();
    const { threadId, context, reading } = await begin(world);
    await world.say(added, delta("so far"));
    world.store.isAway = true;
    await world.clock.pass(2000);
    context.leave();
    await world.clock.pass(3 * LEASE_MS);
    world.store.isAway = false;
    await world.clock.pass(1000);
    await reading;
    const items = await world.server.store.recentItems(threadId, 9, asker());
    expect(items.map(({ type }) => type)).toEqual(["user_message", "assistant_message", "sdk_hidden_context"]);
    expect(textOf(items[1])).toBe("so far");
  });

  test("does not keep a process from ending", async () => {
    const world = setUp();
    const { reading, sent } = await begin(world);
    await world.say(added, delta("one"), done("one"));
    world.store.isAway = true;
    await world.say(assistantMessage("two"));
    const drained = world.server.drain(1000);
    await world.clock.pass(3000);
    await Promise.all([drained, reading]);
    expect(sent.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    expect(world.server.runs.size).toBe(0);
  });

  test("does not bring back what was taken back just when the process had to end", async () => {
    const world = setUp();
    const { reading, threadId } = await begin(world);
    await world.say(added, delta("never said"));
    await world.clock.pass(800);
    world.store.losing = ["deleteThreadItem"];
    await world.say({ type: "thread.item.removed", item_id: "m" });
    const drained = world.server.drain(0);
    await world.clock.pass(1000);
    await Promise.all([drained, reading]);
    expect(await textsOf(world.server, threadId)).toEqual(["question"]);
  });

  test("leaves the text of a process that had to end to another one, which stores it", async () => {
    const world = setUp();
    const { reading, threadId } = await begin(world);
    await world.say(added, delta("one "));
    await world.clock.pass(800);
    world.store.failing = ["cutOffRun"];
    const drained = world.server.drain(0);
    await world.clock.pass(100);
    await Promise.all([drained, reading]);
    world.store.failing = [];
    await world.clock.pass(LEASE_MS);
    expect(await world.store.recoverRuns()).toBe(1);
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one "]);
  });

  test("takes nobody's thread: not soon after that, and not before its owner could have renewed it", async () => {
    const { store, clock, server } = setUp();
    const owner = new Scripted(async function* () {
      yield progress("begun");
      await new Promise(() => {});
    }, { ...ports(store), clock, leaseMs: LEASE_MS });
    void createThread(owner, "of the other process");
    await clock.pass(200);
    const [thread] = (await store.loadThreads(1, null, "asc", asker())).data;
    const message = () => events(server, "threads.add_user_message", { thread_id: thread!.id, input: userInput("next") });
    store.isAway = true;
    await clock.pass(LEASE_MS + 1000);
    await server.runs.recover().catch(() => {});
    store.isAway = false;
    expect(await server.runs.recover()).toBe(0);
    expect(await message()).toMatchObject([{ type: "error", allow_retry: true }]);

    // Unnoticed: this process had nothing to do with the store meanwhile.
    await clock.pass(LEASE_MS);
    store.isAway = true;
    await clock.pass(LEASE_MS + 1000);
    store.isAway = false;
    expect(await server.runs.recover()).toBe(0);
    await clock.pass(LEASE_MS / 3);
    expect(await server.runs.recover()).toBe(0);
    expect(owner.runs.size).toBe(1);
  });

  test("ends an answer whose thread somebody took over meanwhile, with one error", async () => {
    const world = setUp();
    const { sent, threadId, reading } = await begin(world);
    await world.say(added, delta("one"));
    await world.clock.pass(800);
    world.store.isAway = true;
    await world.say(delta(" two"));
    await world.clock.pass(LEASE_MS + 500);
    world.store.isAway = false;
    const other = new Scripted(async function* () {
      yield assistantMessage("of the new owner");
    }, ports(world.store));
    const taken = events(other, "threads.add_user_message", { thread_id: threadId, input: userInput("next") });
    expect((await taken).at(-1)?.type).toBe("thread.item.done");
    await world.clock.pass(1000);
    await reading;
    expect(sent.filter(({ type }) => type === "error")).toMatchObject([{ allow_retry: true }]);
    expect(await textsOf(world.server, threadId)).toEqual(["question", "one", "next", "of the new owner"]);
  });
});

test("the first message of a store that is away is refused with an error that can be retried, and leaves nothing", async () => {
  const world = setUp();
  world.store.isAway = true;
  expect(await events(world.server, "threads.create", { input: userInput("hi") })).toEqual([{ type: "error", code: "stream.error", allow_retry: true }]);
  world.store.isAway = false;
  expect(await ask(world.server, "threads.list", {})).toMatchObject({ data: [] });
});

test("a store that is away is waited for once: not for the keys of URLs first, and not again to keep an empty thread", async () => {
  const { store, logger, clock } = setUp();
  const unused = () => Promise.reject(new Error("not used here"));
  const attachmentStore = { createAttachment: unused, deleteAttachment: unused, read: unused, links: () => new Promise<never>(() => {}) };
  const server = new Scripted(async function* () {}, { ...ports(store, logger), clock, attachmentStore });
  const refused = [{ type: "error", code: "stream.error", allow_retry: true }];
  store.isAway = true;
  expect(await events(server, "threads.create", { input: userInput("hi") })).toEqual(refused as SentEvent[]);
  store.isAway = false;
  store.failing = ["loadAttachment"];
  expect(await events(server, "threads.create", { input: userInput("see", { attachments: ["atc_x"] }) })).toEqual(refused as SentEvent[]);
  expect(store.calls).not.toContain("saveThread");
});

describe("a write that is stored although its answer was lost", () => {
  const words = (item: ThreadItem | undefined) => (item as { widget: { children: { value: string }[] } }).widget.children.map(({ value }) => value);

  test("is not made twice, also when others have changed the same item meanwhile", async () => {
    const world = setUp();
    const children = ["log", "stream"].map((id) => ({ type: "Text" as const, id, value: "" }));
    const { threadId, reading } = await begin(world);
    await world.say({ type: "thread.item.done", item: { id: "w", type: "widget", widget: { type: "Card", children } } });
    world.store.losing = ["updateItem"];
    const update = { type: "widget.streaming_text.value_delta" as const, component_id: "stream", delta: "once", done: false };
    await world.say({ type: "thread.item.updated", item_id: "w", update });
    world.store.losing = [];
    const stored = await world.store.loadItem(threadId, "w", asker());
    await world.store.addThreadItem(threadId, JSON.parse(JSON.stringify(stored).replace('"value":""', '"value":"clicked"')) as ThreadItem, asker());
    await world.clock.pass(1000);
    await world.end();
    await reading;
    expect(words((await itemsOf(world.server, threadId)).at(-1))).toEqual(["clicked", "once"]);
  });

  test("is not taken for a client tool's output that nobody waits for", async () => {
    const call: ThreadStreamEvent = { type: "thread.item.done", item: { type: "client_tool_call", call_id: "c", name: "pick", arguments: {} } };
    const world = setUp(() => async function* (_thread, message) {
      yield message ? call : assistantMessage("answered");
    });
    const { threadId, reading } = await begin(world);
    await reading;
    world.store.losing = ["completeClientToolCall"];
    const { sent } = follow(world, "threads.add_client_tool_output", { thread_id: threadId, result: { picked: 1 } });
    await world.clock.pass(200);
    world.store.losing = [];
    await world.clock.pass(1000);
    expect(sent.at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "answered" }] } });
    expect((await itemsOf(world.server, threadId))[1]).toMatchObject({ status: "completed", output: { picked: 1 } });
  });
});
