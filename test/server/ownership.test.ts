import { describe, expect, test } from "bun:test";
import type { ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { assistantMessage, progress, widgetItem } from "../../src/server/builders.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { ask, asker, createThread, events, itemsOf, ports, recordingLogger, Scripted, stream, textOf, threadOf, userInput } from "../support/chat.ts";

const added: ThreadStreamEvent = { type: "thread.item.added", item: { id: "m", type: "assistant_message", content: [] } };
const delta = (text: string): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id: "m",
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});
const types = (sent: { type: string }[]) => sent.map((event) => event.type);

/** A time that only this test moves, for what is paused meanwhile. */
function pausable() {
  const clock = { time: 0 };
  const store = new MemoryStore<RequestContext>(() => clock.time);
  return { store, pastLease: () => (clock.time += 20_000) };
}

/** What its owner still says after another process has answered on its thread. */
async function takenOver(answer: (resume: Promise<void>) => Scripted["answer"], more: { leave?: boolean } = {}) {
  const { store, pastLease } = pausable();
  const logger = recordingLogger();
  const resume = Promise.withResolvers<void>();
  const owner = new Scripted(answer(resume.promise), ports(store, logger));
  const other = new Scripted(async function* () {
    yield assistantMessage("from the new owner");
  }, ports(store));
  const reader = asker();
  const sent: { type: string; allow_retry?: boolean }[] = [];
  const paused = Promise.withResolvers<string>();
  const reading = (async () => {
    let threadId = "";
    for await (const event of stream(owner, "threads.create", { input: userInput("one") }, reader)) {
      sent.push(event as never);
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "progress_update") paused.resolve(threadId);
    }
  })();
  const threadId = await paused.promise;
  pastLease();
  await events(other, "threads.add_user_message", { thread_id: threadId, input: userInput("two") });
  const before = JSON.stringify([await store.recentItems(threadId, 99, asker()), await store.loadThread(threadId, asker())]);
  if (more.leave) reader.leave();
  resume.resolve();
  await reading;
  await owner.drain(1000);
  const after = JSON.stringify([await store.recentItems(threadId, 99, asker()), await store.loadThread(threadId, asker())]);
  return { before, after, sent, logger, texts: (await itemsOf(other, threadId)).map(textOf) };
}

describe("an answer whose thread another process has taken over writes nothing more", () => {
  const late: Record<string, (resume: Promise<void>) => Scripted["answer"]> = {
    "no item": (resume) => async function* () {
      yield progress("paused");
      await resume;
      yield assistantMessage("late");
    },
    "no title, no status and no metadata": (resume) => async function* (thread) {
      yield progress("paused");
      await resume;
      thread.title = "late";
      thread.status = { type: "locked", reason: "late" };
      thread.metadata = { late: true };
      yield progress("late");
    },
    "no title at the end": (resume) => async function* (thread) {
      yield progress("paused");
      await resume;
      thread.title = "late";
    },
    "no title of a hook that fails": (resume) => async function* (thread) {
      yield progress("paused");
      await resume;
      thread.title = "late";
      throw new Error("late");
    },
    "no update of a stored item": (resume) => async function* () {
      yield { type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text: "stored" }] } };
      yield progress("paused");
      await resume;
      yield delta(" late");
    },
    "no removal": (resume) => async function* () {
      yield { type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text: "stored" }] } };
      yield progress("paused");
      await resume;
      yield { type: "thread.item.removed", item_id: "m" };
    },
    "nothing that its hook stores by itself": (resume) => async function* (this: Scripted, thread, _message, context) {
      yield progress("paused");
      await resume;
      const item = { id: "late", thread_id: thread.id, created_at: "2026-01-01T00:00:00.000Z", type: "end_of_turn" as const };
      for (const write of [
        () => this.store.addThreadItem(thread.id, item, context),
        () => this.store.saveItem(thread.id, item, context),
        () => this.store.updateThread(thread.id, { title: "late" }, context),
        () => this.store.saveThread({ ...thread, title: "late" }, context),
        () => this.store.saveRunState(thread.id, "late", context),
        () => this.store.deleteItemsAfter(thread.id, "late", context),
      ]) {
        await write().then(() => Promise.reject(new Error("written")), () => {});
      }
      yield assistantMessage("late");
    },
  };

  for (const [what, answer] of Object.entries(late)) {
    test(`${what}, and its reader gets one error that can be retried`, async () => {
      const { before, after, sent, logger } = await takenOver(answer);
      expect(after).toBe(before);
      const errors = sent.filter(({ type }) => type === "error");
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({ allow_retry: true });
      expect(logger.lines.filter(({ level }) => level === "error").map(({ fields }) => String((fields as { err?: Error }).err?.message))).toEqual(
        what === "no title of a hook that fails" ? ["late"] : [],
      );
    });
  }

  test("no note and no text when its reader has gone as well", async () => {
    const { before, after, logger } = await takenOver(
      (resume) => async function* () {
        yield added;
        yield delta("half");
        yield progress("paused");
        await resume;
        yield delta(" and never this");
      },
      { leave: true },
    );
    expect(after).toBe(before);
    expect(logger.lines).toEqual([]);
  });
});

describe("an answer that was paused past its lease", () => {
  test("goes on when nobody has taken its thread", async () => {
    const { store, pastLease } = pausable();
    const resume = Promise.withResolvers<void>();
    const server: Scripted = new Scripted(async function* (thread) {
      yield progress("paused");
      await resume.promise;
      thread.title = "Named";
      yield assistantMessage("whole");
    }, ports(store));
    const reading = createThread(server);
    while (server.runs.size === 0) await Bun.sleep(1);
    pastLease();
    expect(await server.runs.recover()).toBe(0);
    resume.resolve();
    const { threadId, events: sent } = await reading;
    expect(types(sent)).not.toContain("error");
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["hi", "whole"]);
    expect((await threadOf(server, threadId)).title).toBe("Named");
    expect(await store.leaseLeft({ id: "x", threadId }, asker())).toBeNull();
  });
});

describe("a thread that is deleted while it answers", () => {
  const waiting = (resume: Promise<void>): Scripted["answer"] =>
    async function* (thread) {
      yield added;
      yield delta("half");
      yield progress("paused");
      await resume;
      thread.title = "late";
      yield assistantMessage("late");
    };

  for (const [who, deleteThread] of [
    ["by this process", (server: Scripted, thread_id: string) => ask(server, "threads.delete", { thread_id })],
    ["by another one", (server: Scripted, threadId: string) => server.store.deleteThread(threadId, asker())],
  ] as [string, (server: Scripted, threadId: string) => Promise<unknown>][]) {
    test(`${who} ends its stream with no error and no retry, and the log without one`, async () => {
      const logger = recordingLogger();
      const resume = Promise.withResolvers<void>();
      const server = new Scripted(waiting(resume.promise), ports(new MemoryStore(), logger));
      const sent = [];
      for await (const event of stream(server, "threads.create", { input: userInput("go") })) {
        sent.push(event);
        if (event.type !== "progress_update") continue;
        const [first] = sent;
        await deleteThread(server, first?.type === "thread.created" ? first.thread.id : "");
        resume.resolve();
      }
      expect(types(sent)).toEqual(["thread.created", "thread.item.done", "stream_options", "thread.item.added", "thread.item.updated", "progress_update"]);
      expect(logger.lines.filter(({ level }) => level !== "info")).toEqual([]);
      expect(server.runs.size).toBe(0);
      expect((await server.store.loadThreads(9, null, "asc", asker())).data).toEqual([]);
    });
  }

  test("is told from another thread that its hook does not find", async () => {
    const logger = recordingLogger();
    const server: Scripted = new Scripted(async function* (_thread, _message, context) {
      yield progress("looking");
      await server.store.loadThread("thr_x", context);
    }, ports(new MemoryStore(), logger));
    expect((await createThread(server)).events.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    expect(logger.lines).toHaveLength(1);
  });
});

describe("a widget that is changed from two sides at once", () => {
  const LOG = { type: "Text" as const, id: "log", value: "" };

  /** Streams into a stored widget while clicks change it, too. */
  class Board extends Scripted {
    asked = 0;
    readonly sides = Promise.withResolvers<void>();

    constructor(updates: number) {
      super(async function* (this: Board) {
        yield { type: "thread.item.done", item: { id: "w", type: "widget", widget: { type: "Card", children: [LOG, { ...LOG, id: "stream" }] } } };
        this.sides.resolve();
        for (let i = 0; i < updates; i++) {
          await Bun.sleep(0);
          yield { type: "thread.item.updated", item_id: "w", update: { type: "widget.streaming_text.value_delta", component_id: "stream", delta: ".", done: false } };
        }
      });
    }

    override async syncAction(...[thread, action, sender, context]: Parameters<Scripted["syncAction"]>) {
      this.asked++;
      const { children } = sender!.widget as { children: (typeof LOG)[] };
      await Bun.sleep(1);
      const changed = children.map((child) => (child.id === "log" ? { ...child, value: `${child.value}<${String((action.payload as { n?: number } | undefined)?.n)}>` } : child));
      const updated_item = { ...sender!, widget: { ...sender!.widget, children: changed } } as typeof sender & object;
      await this.store.saveItem(thread.id, updated_item, context);
      return { updated_item };
    }
  }

  test("loses nothing: neither what was clicked nor what was streamed", async () => {
    const server = new Board(200);
    const answered = createThread(server);
    await server.sides.promise;
    const [thread] = (await server.store.loadThreads(1, null, "asc", asker())).data;
    const click = (n: number) => ask<{ updated_item: unknown }>(server, "threads.sync_custom_action", { thread_id: thread!.id, item_id: "w", action: { type: "log", payload: { n } } });
    const results = await Promise.all(Array.from({ length: 30 }, (_, n) => click(n)));
    await answered;
    const [, widget] = await itemsOf(server, thread!.id);
    const [log, streamed] = (widget as { widget: { children: { value: string }[] } }).widget.children;
    expect(streamed!.value).toBe(".".repeat(200));
    expect(log!.value.match(/<\d+>/g)!.toSorted()).toEqual(Array.from({ length: 30 }, (_, n) => `<${n}>`).toSorted());
    for (const [n, result] of results.entries()) expect(JSON.stringify(result)).toContain(`<${n}>`);
  });

  test("by an answer to a click keeps what another click has changed meanwhile", async () => {
    const begun = Promise.withResolvers<void>();
    const resume = Promise.withResolvers<void>();
    class Slow extends Board {
      override async *action(...[, , sender]: Parameters<Scripted["action"]>) {
        begun.resolve();
        await resume.promise;
        const { children } = sender!.widget as { children: (typeof LOG)[] };
        const changed = children.map((child) => (child.id === "stream" ? { ...child, value: "answered" } : child));
        yield { type: "thread.item.replaced" as const, item: { ...sender!, widget: { ...sender!.widget, children: changed } } as typeof sender & object };
      }
    }
    const server = new Slow(0);
    const { threadId } = await createThread(server);
    const answering = events(server, "threads.custom_action", { thread_id: threadId, item_id: "w", action: { type: "answer" } });
    await begun.promise;
    await ask(server, "threads.sync_custom_action", { thread_id: threadId, item_id: "w", action: { type: "log", payload: { n: 1 } } });
    resume.resolve();
    await answering;
    const [, widget] = await itemsOf(server, threadId);
    expect((widget as { widget: { children: { value: string }[] } }).widget.children.map(({ value }) => value)).toEqual(["<1>", "answered"]);
  });

  test("metadata that a hook changes leaves alone what others have put there meanwhile", async () => {
    const server: Scripted = new Scripted(async function* (thread, _message, context) {
      await server.store.updateThread(thread.id, { metadata: { theirs: 1 } }, context);
      thread.metadata["mine"] = 2;
      yield widgetItem({ type: "Card", children: [] });
    });
    const { threadId } = await createThread(server);
    expect((await server.store.loadThread(threadId, asker())).metadata).toEqual({ theirs: 1, mine: 2 });
  });
});
