import { describe, expect, test } from "bun:test";
import { CustomStreamError, RequestError, StreamError } from "../../../src/errors.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import { assistantMessage, clientEffect, hiddenContext, progress, widgetItem } from "../../../src/server/builders.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { ask, asker, createThread, events, itemsOf, ports, recordingLogger, Scripted, stream, textOf, threadOf, userInput } from "../../support/chat.ts";

const types = (sent: { type: string }[]) => sent.map((event) => event.type);
const delta = (text: string): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id: "m",
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});
const added: ThreadStreamEvent = { type: "thread.item.added", item: { id: "m", type: "assistant_message", content: [] } };

describe("a turn", () => {
  test("announces the thread, the message, the options, then what respond yields", async () => {
    const server = new Scripted(async function* () {
      yield assistantMessage("Hello.");
    });
    const { threadId, events: sent } = await createThread(server);
    expect(types(sent)).toEqual(["thread.created", "thread.item.done", "stream_options", "thread.item.done"]);
    expect(sent[2]).toEqual({ type: "stream_options", stream_options: { allow_cancel: true } });
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["hi", "Hello."]);
  });

  test("fills in id, thread and date of what a hook leaves out", async () => {
    const server = new Scripted(async function* () {
      yield assistantMessage("a");
      yield widgetItem({ type: "Card", children: [] }, "copied");
      yield { type: "thread.item.done", item: { type: "client_tool_call", call_id: "c", name: "n", arguments: {} } };
    });
    const { threadId } = await createThread(server);
    const [, message, widget, call] = await itemsOf(server, threadId);
    expect(message).toMatchObject({ id: expect.stringMatching(/^msg_[0-9a-f]{32}$/), thread_id: threadId, created_at: expect.stringMatching(/Z$/) });
    expect(widget).toMatchObject({ copy_text: "copied" });
    expect(call).toMatchObject({ id: expect.stringMatching(/^tc_/), status: "pending" });
  });

  test("has stored an item before it says that it is done", async () => {
    const store = new MemoryStore<RequestContext>();
    const server = new Scripted(async function* () {
      yield assistantMessage("Hello.");
    }, ports(store));
    const context = asker();
    let checked = 0;
    for await (const event of stream(server, "threads.create", { input: userInput("hi") }, context)) {
      if (event.type !== "thread.item.done") continue;
      const stored = await store.loadItem(event.item.thread_id, event.item.id, context);
      expect(JSON.parse(JSON.stringify(stored))).toEqual(event.item);
      checked++;
    }
    expect(checked).toBe(2);
  });

  test("sends events that carry no item as they are, with their defaults", async () => {
    const server = new Scripted(async function* () {
      yield progress("Looking", "search");
      yield clientEffect("open", { deep: { nothing: null } });
      yield { type: "notice", level: "info", message: "*m*", title: null };
    });
    const { events: sent } = await createThread(server);
    expect(sent.slice(3)).toEqual([
      { type: "progress_update", icon: "search", text: "Looking" },
      { type: "client_effect", name: "open", data: { deep: { nothing: null } } },
      { type: "notice", level: "info", message: "*m*" },
    ]);
  });

  test("stores removals, replacements and updates to stored items", async () => {
    const server = new Scripted(async function* () {
      yield { type: "thread.item.done", item: { id: "gone", type: "end_of_turn" } };
      yield { type: "thread.item.removed", item_id: "gone" };
      yield { type: "thread.item.done", item: { id: "m", type: "assistant_message", content: [{ text: "one" }] } };
      yield delta(" two");
      yield { type: "thread.item.replaced", item: { id: "fresh", type: "assistant_message", content: [{ text: "new" }] } };
    });
    const { threadId } = await createThread(server);
    expect((await itemsOf(server, threadId)).map((item) => [item.id, textOf(item)]).slice(1)).toEqual([
      ["m", "one two"],
      ["fresh", "new"],
    ]);
  });

  test("never lets anything about a hidden item out, and stores it", async () => {
    const store = new MemoryStore<RequestContext>();
    const server = new Scripted(async function* () {
      yield { type: "thread.item.added", item: { id: "h", type: "hidden_context_item", content: "secret" } };
      yield hiddenContext({ secret: 1 });
      yield { type: "thread.item.done", item: { id: "h", type: "hidden_context_item", content: "secret" } };
      yield { type: "thread.item.removed", item_id: "h" };
    }, ports(store));
    const { threadId, events: sent } = await createThread(server);
    expect(types(sent)).toEqual(["thread.created", "thread.item.done", "stream_options"]);
    expect(JSON.stringify(await threadOf(server, threadId))).not.toContain("secret");
    expect((await store.recentItems(threadId, 9, asker())).map((item) => item.type)).toEqual(["user_message", "hidden_context_item"]);
  });

  test("sends each item as it was when it was yielded", async () => {
    const server = new Scripted(async function* () {
      const tasks = [{ type: "custom" as const, title: "one" }];
      yield { type: "thread.item.added", item: { id: "w", type: "workflow", workflow: { type: "custom", tasks } } };
      tasks.push({ type: "custom", title: "two" });
      yield progress("x");
    });
    const { events: sent } = await createThread(server);
    expect(sent[3]).toMatchObject({ item: { workflow: { tasks: [{ title: "one" }] } } });
    expect(JSON.stringify(sent)).not.toContain('"two"');
  });

  test("an item that does not fit the protocol is a failed answer with a log line that names the field", async () => {
    const logger = recordingLogger();
    const server = new Scripted(async function* () {
      yield { type: "thread.item.done", item: { type: "task", task: { type: "custom", icon: "nope" as never } } };
    }, ports(new MemoryStore(), logger));
    const { events: sent } = await createThread(server);
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: true });
    expect(String((logger.lines[0]?.fields as { err: Error }).err.message)).toContain("task.icon");
  });
});

describe("what a hook does to its thread", () => {
  test("is noticed after each event and at the end, saved and announced without its metadata", async () => {
    const server = new Scripted(async function* (thread) {
      thread.metadata = { secret: 1 };
      thread.title = "First";
      yield progress("one");
      thread.status = { type: "locked", reason: "why" };
      yield added;
      yield delta("a");
      thread.title = "Second";
      yield delta("b");
      thread.allowed_image_domains = ["e.com"];
    });
    const { threadId, events: sent } = await createThread(server);
    expect(types(sent).slice(3)).toEqual([
      "progress_update",
      "thread.updated",
      "thread.item.added",
      "thread.updated",
      "thread.item.updated",
      "thread.item.updated",
      "thread.updated",
      "thread.updated",
    ]);
    expect(JSON.stringify(sent)).not.toContain("secret");
    expect(await threadOf(server, threadId)).toMatchObject({ title: "Second", status: { type: "locked", reason: "why" }, allowed_image_domains: ["e.com"] });
    expect((await server.store.loadThread(threadId, asker())).metadata).toEqual({ secret: 1 });
  });

  test("is saved field by field: a rename made meanwhile survives", async () => {
    const server: Scripted = new Scripted(async function* (thread) {
      await ask(server, "threads.update", { thread_id: thread.id, title: "By the person" });
      thread.metadata["step"] = 1;
      yield progress("x");
    });
    const { threadId, events: sent } = await createThread(server);
    expect(await threadOf(server, threadId)).toMatchObject({ title: "By the person" });
    expect(sent.at(-1)).toMatchObject({ type: "thread.updated", thread: { title: "By the person" } });
  });

  test("is saved although the hook throws", async () => {
    const server = new Scripted(async function* (thread) {
      thread.title = "Before the error";
      throw new Error("boom");
    });
    const { threadId, events: sent } = await createThread(server);
    expect(types(sent).slice(3)).toEqual(["error", "thread.updated"]);
    expect((await threadOf(server, threadId)).title).toBe("Before the error");
  });
});

describe("errors of a hook", () => {
  const failing = (error: unknown) =>
    new Scripted(async function* () {
      yield progress("x");
      throw error;
    });
  const lastOf = async (error: unknown) => (await createThread(failing(error))).events.at(-1) as unknown;

  test("raised on purpose have their own words and retry button", async () => {
    expect(await lastOf(new CustomStreamError("No more."))).toEqual({ type: "error", code: "custom", message: "No more.", allow_retry: false });
    expect(await lastOf(new CustomStreamError("Again?", { allowRetry: true }))).toMatchObject({ allow_retry: true });
    expect(await lastOf(new StreamError("stream.error", { allowRetry: false }))).toEqual({ type: "error", code: "stream.error", allow_retry: false });
    expect(await lastOf(new RequestError("Not you.", { status: 403 }))).toMatchObject({ code: "custom", message: "Not you.", allow_retry: false });
  });

  test("of any other kind are one sentence without any detail, and logged", async () => {
    const logger = recordingLogger();
    const server = new Scripted(() => {
      throw new Error("sk-secret");
    }, ports(new MemoryStore(), logger));
    const { events: sent } = await createThread(server);
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: true });
    expect(logger.lines).toMatchObject([{ level: "error", fields: { err: { message: "sk-secret" } } }]);
  });

  test("leave the thread usable at once", async () => {
    let calls = 0;
    const server = new Scripted(async function* () {
      if (calls++ === 0) throw new Error("boom");
      yield assistantMessage("fine now");
    });
    const { threadId } = await createThread(server);
    const sent = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("again") });
    expect(types(sent)).toEqual(["thread.item.done", "stream_options", "thread.item.done"]);
  });
});

describe("a client that leaves", () => {
  const talking = new Scripted(async function* (_thread, _message, context) {
    yield { type: "thread.item.added", item: { id: "w", type: "widget", widget: { type: "Card", children: [] } } };
    yield { type: "thread.item.added", item: { id: "blank", type: "assistant_message", content: [{ text: "  " }] } };
    yield added;
    yield delta("so far");
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    yield delta(" and never this");
    yield assistantMessage("nor this");
  });

  async function left(server: Scripted, how: "signal" | "return"): Promise<ThreadItem[]> {
    const context = asker();
    let threadId = "";
    for await (const event of stream(server, "threads.create", { input: userInput("go") }, context)) {
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "thread.item.updated" && how === "return") break;
      if (event.type === "thread.item.updated") context.leave();
    }
    return server.store.recentItems(threadId, 99, asker());
  }

  for (const how of ["signal", "return"] as const) {
    test(`keeps what was readable and a hidden note for the model (${how})`, async () => {
      const items = await left(talking, how);
      expect(items.map((item) => item.type)).toEqual(["user_message", "assistant_message", "sdk_hidden_context"]);
      expect(textOf(items[1])).toBe("so far");
    });
  }

  test("loses nothing when the store takes its time", async () => {
    class SlowStore extends MemoryStore<RequestContext> {
      override async addThreadItem(...args: Parameters<MemoryStore<RequestContext>["addThreadItem"]>): Promise<void> {
        await Bun.sleep(20);
        return super.addThreadItem(...args);
      }
    }
    const items = await left(new Scripted(talking.answer, ports(new SlowStore())), "signal");
    expect(textOf(items[1])).toBe("so far");
  });

  test("ends a hook that waits for ever, and may write again at once", async () => {
    const server = new Scripted(async function* (_thread, message) {
      if (message && textOf(message) === "next") return yield assistantMessage("here");
      yield added;
      yield delta("stuck");
      await new Promise(() => {});
    });
    const context = asker();
    let threadId = "";
    for await (const event of stream(server, "threads.create", { input: userInput("go") }, context)) {
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "thread.item.updated") break;
    }
    const sent = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("next") });
    expect(types(sent)).toEqual(["thread.item.done", "stream_options", "thread.item.done"]);
  });

  test("who presses Stop and writes twice at once gets one answer and one refusal, and neither hangs", async () => {
    const closing = Promise.withResolvers<void>();
    class Slow extends MemoryStore<RequestContext> {
      override async closeRun(...args: Parameters<MemoryStore<RequestContext>["closeRun"]>): Promise<boolean> {
        await closing.promise;
        return super.closeRun(...args);
      }
    }
    const server = new Scripted(async function* (_thread, message) {
      if (message && textOf(message) !== "go") return yield assistantMessage("here");
      yield added;
      yield delta("stopped");
      await new Promise(() => {});
    }, ports(new Slow()));
    const context = asker();
    let threadId = "";
    const first = stream(server, "threads.create", { input: userInput("go") }, context);
    for (let next = await first.next(); !next.done; next = await first.next()) {
      if (next.value.type === "thread.created") threadId = next.value.thread.id;
      if (next.value.type === "thread.item.updated") break;
    }
    context.leave();
    const rest = first.next();
    await Bun.sleep(5);
    const both = ["one", "two"].map((text) => events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(text) }));
    await Bun.sleep(5);
    closing.resolve();
    await rest;
    const outcomes = (await Promise.all(both)).map((sent) => sent.at(-1)?.type).sort();
    expect(outcomes).toEqual(["error", "thread.item.done"]);
  });

  test("does not end an answer that may not be cancelled", async () => {
    const release = Promise.withResolvers<void>();
    class Stubborn extends Scripted {
      override getStreamOptions() {
        return { allow_cancel: false };
      }
    }
    const server = new Stubborn(async function* (_thread, _message, context) {
      yield progress("started");
      await release.promise;
      yield assistantMessage(context.signal.aborted ? "aborted" : "finished");
    });
    const context = asker();
    let threadId = "";
    for await (const event of stream(server, "threads.create", { input: userInput("go") }, context)) {
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "progress_update") {
        context.leave();
        break;
      }
    }
    release.resolve();
    await Promise.all(context.work);
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["go", "finished"]);
  });
});

describe("the thread of a running answer", () => {
  test("takes no second message: a retryable refusal, and nothing is stored", async () => {
    const release = Promise.withResolvers<void>();
    const server = new Scripted(async function* () {
      yield progress("busy");
      await release.promise;
      yield assistantMessage("done");
    });
    const first = stream(server, "threads.create", { input: userInput("one") });
    let threadId = "";
    for (let event = await first.next(); !event.done; event = await first.next()) {
      if (event.value.type === "thread.created") threadId = event.value.thread.id;
      if (event.value.type === "progress_update") break;
    }
    const refused = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("two") });
    expect(refused).toEqual([{ type: "error", code: "custom", message: expect.any(String) as string, allow_retry: true }]);
    release.resolve();
    while (!(await first.next()).done);
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["one", "done"]);
  });

  test("is drained on shutdown: what was read is kept and the stream ends with a retryable error", async () => {
    const server = new Scripted(async function* () {
      yield added;
      yield delta("half an");
      await new Promise(() => {});
    });
    const reading = createThread(server);
    while (server.runs.size === 0 || ![...(await server.store.loadThreads(1, null, "desc", asker())).data].length) await Bun.sleep(1);
    await Bun.sleep(5);
    await server.drain(0);
    const { threadId, events: sent } = await reading;
    expect(sent.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    expect((await itemsOf(server, threadId)).map(textOf)).toEqual(["hi", "half an"]);
  });

  test("that begins after the grace period of a shutdown ends with a retryable error, and nobody is asked", async () => {
    let asked = 0;
    const server = new Scripted(async function* () {
      asked++;
      yield assistantMessage("too late");
    });
    await server.drain(0);
    const { events: sent } = await createThread(server);
    expect(sent.at(-1)).toMatchObject({ type: "error", allow_retry: true });
    expect(sent.filter(({ type }) => type === "thread.item.done")).toHaveLength(1);
    expect(asked).toBe(0);
    expect(server.runs.size).toBe(0);
  });

  test("takes no message when it is locked or closed, and says why", async () => {
    for (const type of ["locked", "closed"] as const) {
      const server = new Scripted(async function* (thread) {
        thread.status = { type, reason: "Ask the office." };
        yield assistantMessage("last words");
      });
      const { threadId } = await createThread(server);
      const refused = await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("hello?") });
      expect(refused).toEqual([{ type: "error", code: "custom", message: "Ask the office.", allow_retry: false }]);
      expect(await itemsOf(server, threadId)).toHaveLength(2);
    }
  });
});
