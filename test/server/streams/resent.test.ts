import { describe, expect, test } from "bun:test";
import { assistantMessage, progress } from "../../../src/server/builders.ts";
import type { SentEvent, ThreadStreamEvent } from "../../../src/protocol/events.ts";
import type { Ports } from "../../../src/server/chatkit-server.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { replay } from "../../../src/server/answer/replay.ts";
import { Stream } from "../../../src/server/streams/stream.ts";
import { AlreadyOpen } from "../../../src/store/already-open.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { faultyStore } from "../../support/faulty-store.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { asker, createThread, events, itemsOf, ports, recordingLogger, Scripted, stream, textOf, userInput, type Asker } from "../../support/chat.ts";

const delta = (text: string): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id: "m",
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});

/** Answers "slow" messages when it is released; counts its calls. */
class Gated extends Scripted {
  calls = 0;
  gate = Promise.withResolvers<void>();

  constructor(with_: Ports = ports()) {
    super(async function* (this: Gated, _thread, message) {
      if (message && textOf(message) !== "slow") return yield assistantMessage("quick");
      this.calls++;
      yield { type: "thread.item.added", item: { id: "m", type: "assistant_message", content: [] } };
      yield delta("one ");
      yield progress("half way");
      await this.gate.promise;
      yield delta("two");
      yield { type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text: "one two" }] } };
    }, with_);
  }

  /** Begins an answer and reads it as far as its gate. */
  async begin(threadId: string, context: Asker = asker()) {
    const reading = stream(this, "threads.add_user_message", { thread_id: threadId, input: userInput("slow") }, context);
    const seen: SentEvent[] = [];
    for (let next = await reading.next(); !next.done; next = await reading.next()) {
      seen.push(next.value);
      if (next.value.type === "progress_update") break;
    }
    return { seen, rest: () => Array.fromAsync(reading), leave: () => reading.return(undefined) };
  }

  again(threadId: string, context: Asker = asker()) {
    return events(this, "threads.add_user_message", { thread_id: threadId, input: userInput("slow") }, context);
  }
}

const bound = (store: object, name: string | symbol) => (Reflect.get(store, name) as (...args: unknown[]) => unknown).bind(store);
const types = (sent: SentEvent[]) => sent.map((event) => event.type);

const fromPage = (page: string | null, user = "ada") => {
  const context = asker(user);
  if (page !== null) context.headers.set("chatkit-frame-instance-id", page);
  return context;
};
const BUSY = { type: "error", message: expect.stringContaining("still answering"), allow_retry: true };
const usersMessages = async (server: Gated, threadId: string) => (await itemsOf(server, threadId)).filter(({ type }) => type === "user_message");

describe("a body that is sent again before the head of its answer has left", () => {
  test("joins: one message, one call, the same for all hundred", async () => {
    const server = new Gated();
    server.gate.resolve();
    const { threadId } = await createThread(server);
    const answers = await Promise.all(Array.from({ length: 101 }, () => server.again(threadId)));
    const [first, ...others] = answers.map((sent) => JSON.stringify(sent));
    expect(new Set(others)).toEqual(new Set([first!]));
    expect(server.calls).toBe(1);
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["hi", "quick", "slow", "one two"]);
  });

  test("and would make a new thread makes another one: nothing tells it from a second chat that begins the same", async () => {
    const server = new Gated();
    server.gate.resolve();
    const create = () => events(server, "threads.create", { input: userInput("slow") }, fromPage("p"));
    const threads = (await Promise.all([create(), create()])).map(([event]) => event?.type === "thread.created" && event.thread.id);
    expect(threads[1]).not.toBe(threads[0]!);
    expect(server.calls).toBe(2);
  });

  test("is not held by a first reader that takes nothing", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const stuck = stream(server, "threads.add_user_message", { thread_id: threadId, input: userInput("slow") });
    const begun = stuck.next();
    const other = server.again(threadId);
    await begun;
    server.gate.resolve();
    expect((await other).at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "one two" }] } });
    expect(types(await Array.fromAsync(stuck)).at(-1)).toBe("thread.item.done");
  });

  test("goes on when the first reader has gone, and ends when nobody is left", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const [first, second] = [asker(), asker()];
    const both = [server.again(threadId, first), server.again(threadId, second)];
    first.leave();
    server.gate.resolve();
    expect(types((await Promise.all(both))[1]!).at(-1)).toBe("thread.item.done");

    const gated = new Gated();
    const thread = await createThread(gated);
    const leavers = [asker(), asker()];
    const reads = leavers.map((context) => gated.again(thread.threadId, context));
    while (gated.calls === 0) await Bun.sleep(1);
    for (const leaver of leavers) leaver.leave();
    await Promise.all(reads);
    await gated.drain(1000);
    expect((await itemsOf(gated, thread.threadId)).map(textOf)).toEqual(["hi", "quick", "slow", "one "]);
  });

  test("is the first one when nobody is there any more to read that", async () => {
    const server = new Gated();
    server.gate.resolve();
    const { threadId } = await createThread(server);
    const gone = asker();
    const first = server.again(threadId, gone);
    gone.leave();
    expect(await first).toEqual([]);
    expect(await usersMessages(server, threadId)).toHaveLength(1);
    expect((await server.again(threadId)).at(-1)?.type).toBe("thread.item.done");
    expect(server.calls).toBe(1);
  });
});

test("equal bodies whose senders have all left begin no answer, and store nothing", async () => {
  const server = new Gated();
  const { threadId } = await createThread(server);
  const senders = [asker(), asker(), asker()];
  const answers = senders.map((context) => server.again(threadId, context));
  for (const sender of senders) sender.leave();
  expect(await Promise.all(answers)).toEqual([[], [], []]);
  expect(await usersMessages(server, threadId)).toHaveLength(1);
  expect(server.calls).toBe(0);
});

test("a new thread whose sender has left while the process was paused is not made", async () => {
  const server = new Gated();
  const gone = fromPage("p");
  const first = events(server, "threads.create", { input: userInput("quick") }, gone);
  // That a connection has ended is read two turns after its request.
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
  gone.leave();
  expect(await first).toEqual([]);
  expect((await events(server, "threads.create", { input: userInput("quick") }, fromPage("p"))).at(-1)?.type).toBe("thread.item.done");
  expect((await server.store.loadThreads(10, null, "desc", asker())).data).toHaveLength(1);
});

describe("an equal body", () => {
  test("while the first is being answered is a message that has to wait", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const first = await server.begin(threadId, fromPage("p"));
    expect(await server.again(threadId, fromPage("p"))).toMatchObject([BUSY]);
    expect(await usersMessages(server, threadId)).toHaveLength(2);
    server.gate.resolve();
    await first.rest();
    expect((await server.again(threadId, fromPage("p"))).at(-1)?.type).toBe("thread.item.done");
    expect(await usersMessages(server, threadId)).toHaveLength(3);
  });

  test("for a new thread makes one of its own", async () => {
    const server = new Gated();
    const create = (page: string | null) => events(server, "threads.create", { input: userInput("slow") }, fromPage(page));
    const begun = [];
    for (const page of ["p", "p", "q", null, null]) {
      begun.push(create(page));
      while (server.calls < begun.length) await Bun.sleep(1);
    }
    server.gate.resolve();
    const threads = (await Promise.all(begun)).map(([event]) => event?.type === "thread.created" && event.thread.id);
    expect(new Set(threads).size).toBe(5);
  });

  test("after Stop is answered, however soon it comes", async () => {
    const server = new Gated();
    server.gate.resolve();
    const { threadId } = await createThread(server);
    for (let i = 0; i < 50; i++) {
      const reader = fromPage("p");
      for await (const event of stream(server, "threads.add_user_message", { thread_id: threadId, input: userInput("slow") }, reader)) {
        if (event.type === "thread.item.added") break;
      }
      const again = await server.again(threadId, fromPage("p"));
      expect(again.at(-1)).toMatchObject({ type: "thread.item.done", item: { type: "assistant_message" } });
    }
    expect(await usersMessages(server, threadId)).toHaveLength(101);
  });

  test("by another user, or with another text, is another body", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const first = await server.begin(threadId);
    const other = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("other") });
    expect(types(other)).toEqual(["error"]);
    expect(types(await server.again(threadId, asker("eve")))).toEqual(["error"]);
    server.gate.resolve();
    await first.rest();
  });
});

describe("a body that is sent to another process", () => {
  /** Two servers over one store are two processes, as far as runs go. */
  function twins(leaseMs = 300) {
    const one = new Gated({ ...ports(), leaseMs });
    return { one, other: new Gated({ ...ports(one.store), leaseMs }) };
  }

  test("while the first one answers is an honest one: a thread of its own, or a message that has to wait", async () => {
    // Long enough that a busy machine does not take the first one for dead.
    const { one, other } = twins(2000);
    other.gate.resolve();
    const create = (server: Gated) => events(server, "threads.create", { input: userInput("slow") }, fromPage("p"));
    const first = create(one);
    while (one.calls === 0) await Bun.sleep(1);
    const second = await create(other);
    expect(types(second).at(-1)).toBe("thread.item.done");
    one.gate.resolve();
    expect((await first)[0]).not.toEqual(second[0]!);

    const { threadId } = await createThread(one);
    one.gate = Promise.withResolvers();
    const begun = await one.begin(threadId, fromPage("p"));
    expect(await other.again(threadId, fromPage("p"))).toMatchObject([BUSY]);
    one.gate.resolve();
    await begun.rest();
  });

  test("after Stop is answered", async () => {
    const { one, other } = twins();
    other.gate.resolve();
    const { threadId } = await createThread(one);
    const first = await one.begin(threadId, fromPage("p"));
    const again = other.again(threadId, fromPage("p"));
    await first.leave();
    expect((await again).at(-1)?.type).toBe("thread.item.done");
    expect(await usersMessages(one, threadId)).toHaveLength(3);
  });

  test("after Stop is answered, too, when the first one's run is closed only after its lease", async () => {
    const clock = new ManualClock();
    const store = new MemoryStore<RequestContext>(clock.now);
    const closed = Promise.withResolvers<void>();
    const slow = new Proxy(store, {
      get: (_, name) => (name === "closeRun" ? (...args: unknown[]) => closed.promise.then(() => bound(store, name)(...args)) : bound(store, name)),
    });
    const one = new Gated({ ...ports(slow), leaseMs: 300, clock: { now: () => 0, after: () => () => {} } });
    const other = new Gated({ ...ports(store), leaseMs: 300, clock });
    other.gate.resolve();
    const { threadId } = await createThread(other);
    const first = await one.begin(threadId, fromPage("p"));
    const again = other.again(threadId, fromPage("p"));
    const left = first.leave();
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    // It looks at 0, 200 and 400 ms.
    await clock.pass(350);
    closed.resolve();
    await left;
    await clock.pass(200);
    expect((await again).at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "one two" }] } });
    expect(await usersMessages(other, threadId)).toHaveLength(3);
  });

  test("gets what is left of the first one when its process has died", async () => {
    const store = new MemoryStore<RequestContext>();
    const dying = new Gated({ ...ports(store), clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    const run = dying.runs.on(threadId, asker())!.run;
    await store.checkpointRun({ ...run, leaseMs: 5 }, [...dying.runs.on(threadId, asker())!.pending.values()], asker());
    const alive = new Gated(ports(store));
    const again = await alive.again(threadId, fromPage("p"));
    expect(types(again)).toEqual(["thread.item.done", "stream_options", "thread.item.done"]);
    expect(again.at(-1)).toMatchObject({ item: { content: [{ text: "one " }] } });
    expect(alive.calls).toBe(0);
    expect(await usersMessages(alive, threadId)).toHaveLength(2);
    await first.leave();
  });

  /** What another process sees: `look` stands in for the store's `leaseLeft`. */
  const looking = (store: MemoryStore<RequestContext>, look: MemoryStore<RequestContext>["leaseLeft"]) =>
    new Proxy(store, { get: (_, name) => (name === "leaseLeft" ? look : bound(store, name)) });

  test("is not taken for an honest one because the database is slow to say how long the first one's lease lasts", async () => {
    const clock = new ManualClock();
    const store = new MemoryStore<RequestContext>(clock.now);
    const dying = new Gated({ ...ports(store), leaseMs: 5000, clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    let slow = 0;
    const leaseLeft: MemoryStore<RequestContext>["leaseLeft"] = async (...args) => {
      const left = await store.leaseLeft(...args);
      await new Promise<void>((resolve) => void clock.after((slow += 500), resolve));
      return left;
    };
    const alive = new Gated({ ...ports(looking(store, leaseLeft)), leaseMs: 5000, clock });
    const again = alive.again(threadId, fromPage("p"));
    await clock.pass(12_000);
    expect(types(await again).slice(0, 2)).toEqual(["thread.item.done", "stream_options"]);
    expect(await usersMessages(alive, threadId)).toHaveLength(2);
    await first.leave();
  });

  test("is not taken for an honest one because the clock was set back that leases go by", async () => {
    const clock = new ManualClock();
    let ahead = 0;
    const store = new MemoryStore<RequestContext>(() => clock.now() + ahead);
    const dying = new Gated({ ...ports(store), leaseMs: 5000, clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    const alive = new Gated({ ...ports(store), leaseMs: 5000, clock });
    const again = alive.again(threadId, fromPage("p"));
    await clock.pass(2000);
    ahead = -1500;
    await clock.pass(8000);
    expect(types(await again).slice(0, 2)).toEqual(["thread.item.done", "stream_options"]);
    expect(await usersMessages(alive, threadId)).toHaveLength(2);
    await first.leave();
  });

  test("is an honest one, too, when the clock was set forward that leases go by", async () => {
    const clock = new ManualClock();
    let ahead = 0;
    const store = new MemoryStore<RequestContext>(() => clock.now() + ahead);
    const [one, other] = [new Gated({ ...ports(store), leaseMs: 5000, clock }), new Gated({ ...ports(store), leaseMs: 5000, clock })];
    const { threadId } = await createThread(one);
    const first = await one.begin(threadId, fromPage("p"));
    const again = other.again(threadId, fromPage("p"));
    await clock.pass(500);
    ahead = 3_600_000;
    await clock.pass(6000);
    expect(await again).toMatchObject([BUSY]);
    one.gate.resolve();
    await first.rest();
  });

  test("is not taken for an honest one when others have closed the first one's run before it could look", async () => {
    const store = new MemoryStore<RequestContext>();
    const dying = new Gated({ ...ports(store), clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    await store.checkpointRun({ ...dying.runs.on(threadId, asker())!.run, leaseMs: 5 }, null, asker());
    const late = looking(store, async (...args) => {
      while ((await store.recoverRuns()) === 0) await Bun.sleep(1);
      return store.leaseLeft(...args);
    });
    expect(types(await new Gated(ports(late)).again(threadId, fromPage("p"))).slice(0, 2)).toEqual(["thread.item.done", "stream_options"]);
    expect(await usersMessages(dying, threadId)).toHaveLength(2);
    await first.leave();
  });

  test("is not taken for an honest one because nobody is declared dead soon after the database was away", async () => {
    const clock = new ManualClock();
    const late = { now: clock.now, after: (ms: number, work: () => void) => clock.after(ms + 50, work) };
    const store = faultyStore(clock.now);
    const dying = new Gated({ ...ports(store), leaseMs: 5000, clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    const alive = new Gated({ ...ports(store), leaseMs: 5000, clock: late });
    await clock.pass(3000);
    store.isAway = true;
    await alive.runs.recover().catch(() => {});
    store.isAway = false;
    const again = alive.again(threadId, fromPage("p"));
    await clock.pass(9000);
    expect(types(await again).slice(0, 2)).toEqual(["thread.item.done", "stream_options"]);
    expect(await usersMessages(alive, threadId)).toHaveLength(2);
    await first.leave();
  });

  test("does not get what was said after that", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("next") });
    const { id } = (await itemsOf(server, threadId))[0]!;
    const stream = new Stream(asker(), { logger: recordingLogger(), bodyHash: "" });
    const sent = await Array.fromAsync(replay(server, stream, new AlreadyOpen({ id: "of the dead process", threadId }, id), false));
    expect(sent.flatMap((event) => (event.type === "thread.item.done" ? [textOf(event.item)] : []))).toEqual(["hi", "quick"]);
  });

  test("gets a retryable error when there is nothing left of it", async () => {
    const store = new MemoryStore<RequestContext>();
    const dying = new Gated({ ...ports(store), leaseMs: 5, clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    const alive = new Gated(ports(store));
    const again = await alive.again(threadId, fromPage("p"));
    expect(types(again).slice(0, 2)).toEqual(["thread.item.done", "stream_options"]);
    expect(again.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    expect(await usersMessages(alive, threadId)).toHaveLength(2);
    await first.leave();
  });

  test("is a second message when another page sends it, or when the first answer has ended", async () => {
    const { one, other } = twins();
    one.gate.resolve();
    other.gate.resolve();
    const { threadId } = await createThread(one);
    await one.again(threadId, fromPage("p"));
    await other.again(threadId, fromPage("p"));
    await other.again(threadId, fromPage("q"));
    expect([one.calls, other.calls]).toEqual([1, 2]);
  });
});
