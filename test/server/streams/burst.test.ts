import { describe, expect, test } from "bun:test";
import type { SentEvent, ThreadStreamEvent } from "../../../src/protocol/events.ts";
import { assistantMessage, clientEffect, progress } from "../../../src/server/builders.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { burstsOf, inBursts, type Burst } from "../../../src/server/streams/burst.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { asker, createThread, events, itemsOf, ports, recordingLogger, Scripted, stream, textOf, userInput } from "../../support/chat.ts";

const added: ThreadStreamEvent = { type: "thread.item.added", item: { id: "m", type: "assistant_message", content: [] } };
const delta = (text: string, item_id = "m"): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id,
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});

/** A server whose answer comes in these bursts. */
function bursting(bursts: Burst<ThreadStreamEvent>[], store = new MemoryStore<RequestContext>()): Scripted {
  const answer = async function* () {
    yield* bursts;
  };
  return new Scripted(() => inBursts(answer), ports(store));
}

/** What was told of the answer, text by text. */
function told(sent: SentEvent[]): string[] {
  return sent.slice(sent.findIndex(({ type }) => type === "stream_options") + 1).map((event) => {
    if (event.type !== "thread.item.updated") return event.type;
    return "delta" in event.update ? event.update.delta : event.update.type;
  });
}

describe("events that come up together", () => {
  test("are told one by one and in order", async () => {
    const done: ThreadStreamEvent = { type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text: "ab" }] } };
    const { events: sent } = await createThread(bursting([[added, delta("a"), delta("b"), done, progress("x")]]));
    expect(told(sent)).toEqual(["thread.item.added", "a", "b", "thread.item.done", "progress_update"]);
  });

  test("are told up to the one that does not fit the protocol", async () => {
    const broken = { type: "thread.item.updated", item_id: "m", update: { type: "nope" } } as unknown as ThreadStreamEvent;
    const { events: sent } = await createThread(bursting([added, [delta("a"), delta("b"), broken, delta("c")]]));
    expect(told(sent)).toEqual(["thread.item.added", "a", "b", "error"]);
  });

  test("are told up to the one that the store refuses", async () => {
    class Failing extends MemoryStore<RequestContext> {
      override updateItem(): Promise<never> {
        return Promise.reject(new Error("down"));
      }
    }
    const { events: sent } = await createThread(bursting([added, [delta("a"), delta("b"), delta("c", "stored before")]], new Failing()));
    expect(told(sent)).toEqual(["thread.item.added", "a", "b", "error"]);
  });

  test("say nothing of a hidden item among them", async () => {
    const hidden: ThreadStreamEvent = { type: "thread.item.added", item: { id: "h", type: "hidden_context_item", content: "secret" } };
    const { events: sent } = await createThread(bursting([[added, delta("a"), hidden, delta("secret", "h"), delta("b")]]));
    expect(told(sent)).toEqual(["thread.item.added", "a", "b"]);
  });

  test("are not told twice to who begins to read along while the store is asked", async () => {
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    class Slow extends MemoryStore<RequestContext> {
      override async updateItem(...args: Parameters<MemoryStore<RequestContext>["updateItem"]>) {
        asked.resolve();
        await release.promise;
        return super.updateItem(...args);
      }
    }
    const store = new Slow();
    const { threadId } = await createThread(bursting([], store));
    const server = bursting([added, [delta("a"), delta("b"), delta("c", "stored before")], delta("d")], store);
    const first = events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("again") });
    await asked.promise;
    const context = asker();
    const second = Array.fromAsync(server.runs.on(threadId, context)!.stream.read(context));
    await Bun.sleep(5);
    release.resolve();
    expect(told(await first)).toEqual(["thread.item.added", "a", "b", "c", "d"]);
    const sent = (await second).join("").split("\n\n").filter(Boolean).map((frame) => JSON.parse(frame.slice("data: ".length)) as SentEvent);
    expect(told(sent)).toEqual(["thread.item.added", "c", "d"]);
    expect(JSON.stringify(sent)).toContain('"text":"ab"');
  });

  test("are kept as far as they were told when the client leaves among them", async () => {
    const server = bursting([[added, delta("a"), delta("b"), progress("x"), delta("c")]]);
    const context = asker();
    let threadId = "";
    for await (const event of stream(server, "threads.create", { input: userInput("go") }, context)) {
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "thread.item.updated") context.leave();
    }
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["go", "ab"]);
  });
});

describe("a generator in bursts is read once", () => {
  function counted() {
    let reads = 0;
    const generator = inBursts(async function* (): AsyncGenerator<Burst<ThreadStreamEvent>, void> {
      reads++;
      yield [added, delta("a")];
      yield delta("b");
    });
    return { generator, reads: () => reads };
  }

  test("also by a hook that has begun to read what it hands on", async () => {
    const { generator, reads } = counted();
    const server = new Scripted(() => {
      void generator.next();
      return generator;
    });
    expect(told((await createThread(server)).events)).toEqual(["a", "b"]);
    expect(reads()).toBe(1);
  });

  test("also by who asks for its events while they are taken as bursts", async () => {
    const { generator, reads } = counted();
    const taken = Array.fromAsync(burstsOf(generator));
    expect(await Array.fromAsync(generator)).toEqual([]);
    expect(await taken).toEqual([[added, delta("a")], delta("b")]);
    expect(reads()).toBe(1);
  });

  test("and a hook may put its own events around it", async () => {
    const { generator } = counted();
    const server = new Scripted(async function* () {
      yield progress("before");
      yield* generator;
      yield progress("after");
    });
    expect(told((await createThread(server)).events)).toEqual(["progress_update", "thread.item.added", "a", "b", "progress_update"]);
  });
});

test("an event that cannot be written ends the answer, keeps its text and frees its thread", async () => {
  const logger = recordingLogger();
  const server = new Scripted(async function* (_thread, message) {
    if (message && textOf(message) === "next") return yield assistantMessage("here");
    yield added;
    yield delta("so far");
    yield clientEffect("count", { n: 1n });
    yield delta(" and never this");
  }, ports(new MemoryStore(), logger));
  const { threadId, events: sent } = await createThread(server);
  expect(told(sent)).toEqual(["thread.item.added", "so far", "error"]);
  expect(logger.lines).toMatchObject([{ level: "error", message: "an event could not be written" }]);
  expect(server.runs.size).toBe(0);
  const again = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("next") });
  expect(again.at(-1)?.type).toBe("thread.item.done");
  expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["hi", "so far", "next", "here"]);
});
