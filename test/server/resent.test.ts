import { describe, expect, test } from "bun:test";
import { assistantMessage, progress } from "../../src/server/builders.ts";
import type { SentEvent, ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { Ports } from "../../src/server/chatkit-server.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { asker, createThread, events, itemsOf, ports, Scripted, stream, textOf, userInput, type Asker } from "../support/chat.ts";

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

const types = (sent: SentEvent[]) => sent.map((event) => event.type);

describe("a body that is sent again", () => {
  test("joins the answer that is going: one message, one call, the same items for all hundred", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const first = await server.begin(threadId);
    const others = Array.from({ length: 100 }, () => server.again(threadId));
    await Bun.sleep(5);
    server.gate.resolve();
    const firstEvents = [...first.seen, ...(await first.rest())];
    const answers = await Promise.all(others);
    for (const sent of answers) {
      expect(types(sent)).toEqual(["thread.item.done", "stream_options", "thread.item.added", "progress_update", "thread.item.updated", "thread.item.done"]);
      expect(sent[0]).toEqual(firstEvents[0]!);
      expect(sent[2]).toMatchObject({ item: { content: [{ text: "one " }] } });
      expect(sent.at(-1)).toEqual(firstEvents.at(-1)!);
    }
    expect(server.calls).toBe(1);
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["hi", "quick", "slow", "one two"]);
  });

  test("hears of an item that is done as it is now, not as it was when it was done", async () => {
    const changed = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const server = new Scripted(async function* () {
      yield { type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text: "one" }] } };
      yield delta(" two");
      changed.resolve();
      await gate.promise;
      yield delta(" three");
    });
    const { threadId } = await createThread(new Gated(ports(server.store)));
    const ask = () => events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("again") });
    const first = ask();
    await changed.promise;
    await Bun.sleep(5);
    const second = ask();
    await Bun.sleep(5);
    gate.resolve();
    await first;
    const sent = await second;
    expect(sent[2]).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "one two" }] } });
    expect(types(sent)).toEqual(["thread.item.done", "stream_options", "thread.item.done", "thread.item.updated"]);
  });

  test("after the answer has ended is an honest second message", async () => {
    const server = new Gated();
    server.gate.resolve();
    const { threadId } = await createThread(server);
    await server.again(threadId);
    await server.again(threadId);
    expect(server.calls).toBe(2);
    expect((await itemsOf(server, threadId)).filter((item) => item.type === "user_message")).toHaveLength(3);
  });

  test("keeps the answer going when the first reader leaves, and ends it when nobody is left", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const first = await server.begin(threadId);
    const second = asker();
    const joined = server.again(threadId, second);
    await Bun.sleep(5);
    await first.leave();
    server.gate.resolve();
    expect((await joined).at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "one two" }] } });

    const gated = new Gated();
    const thread = await createThread(gated);
    const leaver = await gated.begin(thread.threadId);
    const follower = asker();
    const following = gated.again(thread.threadId, follower);
    await Bun.sleep(5);
    await leaver.leave();
    follower.leave();
    await following;
    await gated.drain(1000);
    expect((await itemsOf(gated, thread.threadId)).map(textOf)).toEqual(["hi", "quick", "slow", "one "]);
  });

  test("by another user, or another text, is another message", async () => {
    const server = new Gated();
    const { threadId } = await createThread(server);
    const first = await server.begin(threadId);
    const other = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("other") });
    expect(types(other)).toEqual(["error"]);
    expect(types(await server.again(threadId, asker("eve")))).toEqual(["error"]);
    server.gate.resolve();
    await first.rest();
  });

  test("to make a thread joins only from the same page: two pages may both say hello", async () => {
    const server = new Gated();
    const from = (page: string | null) => {
      const context = asker();
      if (page) context.headers.set("chatkit-frame-instance-id", page);
      return context;
    };
    const create = (page: string | null) => events(server, "threads.create", { input: userInput("slow") }, from(page));
    const first = create("page-1");
    await Bun.sleep(5);
    const all = [first, create("page-1"), create("page-2"), create(null), create(null)];
    await Bun.sleep(5);
    server.gate.resolve();
    const threads = (await Promise.all(all)).map((sent) => sent[0]?.type === "thread.created" && sent[0].thread.id);
    expect(threads[1]).toBe(threads[0]!);
    expect(new Set(threads).size).toBe(4);
    expect(server.calls).toBe(4);
  });
});

describe("a body that is sent again to another process", () => {
  const fromPage = (page: string) => {
    const context = asker();
    context.headers.set("chatkit-frame-instance-id", page);
    return context;
  };
  /** Two servers over one store are two processes, as far as runs go. */
  function twins() {
    const one = new Gated();
    const other = new Gated(ports(one.store));
    return { one, other };
  }

  test("gets the outcome of the one that is answering: one thread, one message, one call", async () => {
    const { one, other } = twins();
    const create = (server: Gated) => events(server, "threads.create", { input: userInput("slow") }, fromPage("p"));
    const first = create(one);
    while (one.calls === 0) await Bun.sleep(1);
    const second = create(other);
    await Bun.sleep(20);
    one.gate.resolve();
    const [sent, again] = await Promise.all([first, second]);
    expect(types(again)).toEqual(["thread.created", "thread.item.done", "stream_options", "thread.item.done"]);
    expect(again[0]).toEqual(sent[0]!);
    expect(again.at(-1)).toEqual(sent.at(-1)!);
    expect([one.calls, other.calls]).toEqual([1, 0]);
  });

  test("gets what is left of an answer whose process has died", async () => {
    const store = new MemoryStore<RequestContext>();
    const dying = new Gated({ ...ports(store), leaseMs: 5 });
    const { threadId } = await createThread(dying);
    const first = await dying.begin(threadId, fromPage("p"));
    // Nobody renews its lease, as if its process were gone.
    const alive = new Gated(ports(store));
    const again = await alive.again(threadId, fromPage("p"));
    expect(types(again).slice(0, 2)).toEqual(["thread.item.done", "stream_options"]);
    expect(again.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    expect(alive.calls).toBe(0);
    expect((await itemsOf(alive, threadId)).filter((item) => item.type === "user_message")).toHaveLength(2);
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
