import { describe, expect, test } from "bun:test";
import type { ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import { assistantMessage, widgetItem } from "../../src/server/builders.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { asker, createThread, events, itemsOf, ports, Scripted, stream, userInput } from "../support/chat.ts";

const QUESTIONS = [{ id: "where", type: "freeform" as const, question: "Where to?" }];
const ASKS: ThreadStreamEvent[] = [
  { type: "thread.item.done", item: { type: "client_tool_call", call_id: "c", name: "pick", arguments: {} } },
  { type: "thread.item.done", item: { id: "q", type: "structured_input", inputs: QUESTIONS } },
  { type: "thread.item.done", item: { id: "w", type: "widget", widget: { type: "Card", children: [{ type: "Text", value: "Click me." }] } } },
];

/** Asks the person in three ways, and answers what comes back. */
class Asking extends Scripted {
  answers = 0;

  constructor(store: MemoryStore<RequestContext>, answer: () => AsyncIterable<ThreadStreamEvent>, more: object = {}) {
    super(async function* (this: Asking, _thread, message) {
      if (message) return yield* ASKS;
      this.answers++;
      yield* answer();
    }, { ...ports(store), ...more });
  }

  /** Takes the widget away before it goes on, as hooks do. */
  override async *action(...[, action, sender]: Parameters<Scripted["action"]>): AsyncIterable<ThreadStreamEvent> {
    expect(sender).toMatchObject({ id: "w", widget: { children: [{ value: "Click me." }] } });
    const replaced = { ...sender!, widget: { type: "Card" as const, children: [] } };
    yield action.type === "remove" ? { type: "thread.item.removed", item_id: "w" } : { type: "thread.item.replaced", item: replaced };
    yield* this.answer(null as never, null, null as never);
  }
}

/** A thread whose process dies while it answers that input, `times` over; then the same input is sent to another one. */
async function afterDeath(type: string, params: object, { times = 1, before = async (_: { store: MemoryStore<RequestContext>; threadId: string }) => {} } = {}) {
  const clock = { time: 0 };
  const store = new MemoryStore<RequestContext>(() => clock.time);
  const alive = new Asking(store, async function* () {
    yield assistantMessage("answered");
  });
  const { threadId } = await createThread(alive);
  const input = { thread_id: threadId, ...params };
  for (let i = 0; i < times; i++) {
    const hung = Promise.withResolvers<void>();
    const dying = new Asking(store, async function* () {
      yield { type: "thread.item.done", item: { type: "workflow", workflow: { type: "custom", tasks: [], expanded: false } } };
      hung.resolve();
      await new Promise(() => {});
    }, { clock: { now: () => 0, after: () => () => {} } });
    void Array.fromAsync(stream(dying, type, input));
    await hung.promise;
    clock.time += 20_000;
    await store.recoverRuns();
  }
  await before({ store, threadId });
  const sent = await events(alive, type, input);
  return { sent, alive, input, items: await itemsOf(alive, threadId), threadId };
}

const ofType = (items: ThreadItem[], type: string) => items.filter((item) => item.type === type);

const INPUTS: [string, string, object][] = [
  ["a client tool's output", "threads.add_client_tool_output", { result: { picked: 1 } }],
  ["answers to questions", "threads.add_structured_input", { item_id: "q", input: { status: "answered", answers: { where: { values: ["Rome"] } } } }],
  ["a click whose widget was replaced", "threads.custom_action", { item_id: "w", action: { type: "replace" } }],
  ["a click whose widget was removed", "threads.custom_action", { item_id: "w", action: { type: "remove" } }],
];

describe("an input whose answer died with its process", () => {
  for (const [what, type, params] of INPUTS) {
    test(`is answered when it is sent again: ${what}`, async () => {
      for (const times of [1, 3]) {
        const { sent, items, alive } = await afterDeath(type, params, { times });
        expect(sent.at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "answered" }] } });
        expect(alive.answers).toBe(1);
        expect(ofType(items, "client_tool_call")).toHaveLength(1);
        expect(ofType(items, "structured_input")).toHaveLength(1);
      }
    });

    // A widget that is still there takes another click.
    if (what === "a click whose widget was replaced") continue;

    test(`is answered once: ${what}`, async () => {
      const { alive, input, items, threadId } = await afterDeath(type, params);
      expect((await events(alive, type, input)).at(-1)).toMatchObject({ type: "thread.item.done", item: items.at(-1)! });
      expect([alive.answers, await itemsOf(alive, threadId)]).toEqual([1, items]);
    });

    test(`is over once the thread has gone on: ${what}`, async () => {
      const { sent } = await afterDeath(type, params, {
        before: async ({ store, threadId }) => {
          const other = new Scripted(async function* () {
            yield widgetItem({ type: "Card", children: [] });
          }, ports(store));
          await events(other, "threads.add_user_message", { thread_id: threadId, input: userInput("something else") });
        },
      });
      expect(sent).toMatchObject([{ type: "error", allow_retry: false }]);
    });
  }

  test("is another one when it says something else", async () => {
    const clock = { time: 0 };
    const store = new MemoryStore<RequestContext>(() => clock.time);
    const hung = Promise.withResolvers<void>();
    const dying = new Asking(store, async function* () {
      hung.resolve();
      await new Promise(() => {});
    }, { clock: { now: () => 0, after: () => () => {} } });
    const { threadId } = await createThread(dying);
    void Array.fromAsync(stream(dying, "threads.add_client_tool_output", { thread_id: threadId, result: 1 }));
    await hung.promise;
    clock.time += 20_000;
    const alive = new Asking(store, async function* () {});
    await store.recoverRuns();
    expect(await events(alive, "threads.add_client_tool_output", { thread_id: threadId, result: 2 })).toMatchObject([{ type: "error", allow_retry: false }]);
  });

  test("is answered when it is sent again after the process has ended by itself, too", async () => {
    const store = new MemoryStore<RequestContext>();
    const hung = Promise.withResolvers<void>();
    const ending = new Asking(store, async function* () {
      hung.resolve();
      await new Promise(() => {});
    });
    const { threadId } = await createThread(ending);
    const input = { thread_id: threadId, result: { picked: 1 } };
    const cut = events(ending, "threads.add_client_tool_output", input);
    await hung.promise;
    await ending.drain(0);
    expect((await cut).at(-1)).toMatchObject({ type: "error", allow_retry: true });
    const next = new Asking(store, async function* () {
      yield assistantMessage("answered");
    });
    expect((await events(next, "threads.add_client_tool_output", input)).at(-1)).toMatchObject({ type: "thread.item.done" });
    expect(ofType(await itemsOf(next, threadId), "client_tool_call")).toHaveLength(1);
    expect((await store.recentItems(threadId, 99, asker())).map(({ type }) => type).slice(-2)).toEqual(["sdk_hidden_context", "assistant_message"]);
  });
});
