import { describe, expect, spyOn, test } from "bun:test";
import { z } from "zod";
import { ChatKitError } from "../../src/errors.ts";
import type { SentEvent } from "../../src/protocol/events.ts";
import type { Attachment } from "../../src/protocol/attachments.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { Page, Thread } from "../../src/protocol/thread.ts";
import { assistantMessage, hiddenContext, widgetItem } from "../../src/server/builders.ts";
import type { RequestContext, Turn } from "../../src/server/context.ts";
import { parseAction } from "../../src/server/parse-action.ts";
import { generateId } from "../../src/store/ids.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { ask, asker, createThread, events, itemsOf, ports, recordingLogger, Scripted, textOf, threadOf, userInput } from "../support/chat.ts";

const talk = () =>
  new Scripted(async function* (_thread, message) {
    yield assistantMessage(message ? `You said: ${textOf(message)}` : "continued");
  });
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof ChatKitError ? { code: error.code, status: error.status } : error),
  );
const custom = (message: string): SentEvent[] => [{ type: "error", code: "custom", message: expect.stringMatching(message) as string, allow_retry: false }];

describe("threads", () => {
  test("threads.list pages through the person's own threads, newest first, without items", async () => {
    const server = talk();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await createThread(server, `t${i}`)).threadId);
    await createThread(server, "other", asker("bob"));
    const first = await ask<Page<Thread>>(server, "threads.list", { limit: 3 });
    expect(first).toMatchObject({ has_more: true, after: ids[2] });
    const second = await ask<Page<Thread>>(server, "threads.list", { limit: 3, after: first.after });
    expect([...first.data, ...second.data].map((thread) => thread.id)).toEqual(ids);
    expect(second).not.toHaveProperty("after");
    expect(first.data[0]).toMatchObject({ metadata: {}, status: { type: "active" }, items: { data: [], has_more: false } });
  });

  test("threads.get_by_id answers the first twenty visible items, oldest first", async () => {
    const server = new Scripted(async function* () {
      for (let i = 0; i < 30; i++) yield i % 3 === 0 ? hiddenContext("x") : assistantMessage(String(i));
    });
    const { threadId } = await createThread(server);
    const thread = await threadOf(server, threadId);
    expect(thread.items.data).toHaveLength(20);
    expect(thread.items).toMatchObject({ has_more: true, after: thread.items.data[19]?.id });
    expect(textOf(thread.items.data[19])).toBe("28");
  });

  test("threads.update renames, threads.delete removes everything", async () => {
    const server = talk();
    const { threadId } = await createThread(server);
    expect(await ask(server, "threads.update", { thread_id: threadId, title: "Käse 🧀" })).toMatchObject({ title: "Käse 🧀", items: { data: [] } });
    expect(await ask(server, "threads.delete", { thread_id: threadId })).toEqual({});
    expect(await refusal(threadOf(server, threadId))).toEqual({ code: "thread_not_found", status: 404 });
  });

  test("another person's thread is not found, never forbidden, in every operation", async () => {
    const server = talk();
    const { threadId } = await createThread(server, "mine", asker("ada"));
    const eve = () => asker("eve");
    const missing = { code: "thread_not_found", status: 404 };
    const params = { thread_id: threadId, title: "x", item_ids: [], kind: "positive", action: { type: "x" } };
    for (const type of ["threads.get_by_id", "threads.update", "threads.delete", "items.list", "items.feedback", "threads.sync_custom_action"]) {
      expect(await refusal(ask(server, type, params, eve()))).toEqual(missing);
    }
    const streamed = { ...params, item_id: "i", input: userInput("x"), result: 1 };
    for (const type of ["threads.add_user_message", "threads.add_client_tool_output", "threads.retry_after_item", "threads.custom_action"]) {
      expect(await events(server, type, streamed, eve())).toEqual(custom("Thread not found"));
    }
    expect(await itemsOf(server, threadId, asker("ada"))).toHaveLength(2);
  });
});

describe("client tools", () => {
  const calling = () =>
    new Scripted(async function* (_thread, message) {
      const call = (call_id: string) => ({ type: "client_tool_call" as const, call_id, name: "pick", arguments: { a: null } });
      if (!message) return yield assistantMessage("continued");
      yield { type: "thread.item.done", item: call("one") };
      yield { type: "thread.item.done", item: call("two") };
    });

  test("the newest pending call takes the output, the others go, and the answer continues", async () => {
    for (const result of [{ ok: [null] }, "text", false, 0, null]) {
      const server = calling();
      const { threadId } = await createThread(server);
      const sent = await events(server, "threads.add_client_tool_output", { thread_id: threadId, result });
      expect(sent.map((event) => event.type)).toEqual(["stream_options", "thread.item.done"]);
      const calls = (await itemsOf(server, threadId)).filter((item) => item.type === "client_tool_call");
      expect(calls).toMatchObject([{ call_id: "two", status: "completed", ...(result === null ? {} : { output: result }) }]);
    }
  });

  test("an output that comes after the person has moved on is one error: nothing is stored, and no model is asked", async () => {
    let asked = 0;
    const server = new Scripted(async function* (_thread, message) {
      asked += 1;
      if (message?.content[0]?.text === "pick") yield { type: "thread.item.done", item: { type: "client_tool_call", call_id: "c", name: "pick", arguments: {} } };
      else yield assistantMessage("All right.");
    });
    const { threadId } = await createThread(server, "pick");
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("never mind") });
    const before = await itemsOf(server, threadId);
    const late = await events(server, "threads.add_client_tool_output", { thread_id: threadId, result: 1 });
    expect(late).toMatchObject([{ type: "error", allow_retry: false }]);
    expect(await itemsOf(server, threadId)).toEqual(before);
    expect(asked).toBe(2);
  });

  test("an output nobody waits for is refused inside the stream", async () => {
    const server = talk();
    const { threadId } = await createThread(server);
    expect(await events(server, "threads.add_client_tool_output", { thread_id: threadId, result: 1 })).toEqual(custom("waiting"));
  });
});

describe("structured input", () => {
  const asking = () =>
    new Scripted(async function* (_thread, message) {
      if (!message) return yield assistantMessage("continued");
      const options = [{ value: "A" }, { value: "B" }];
      const inputs = [
        { id: "one", question: "?", type: "multiple_choice" as const, options },
        { id: "many", question: "?", type: "multiple_choice" as const, options, multiple: true },
        { id: "free", question: "?", type: "freeform" as const },
        { id: "constructor", question: "?", type: "freeform" as const },
      ];
      yield { type: "thread.item.done", item: { id: "q", type: "structured_input", inputs } };
    });
  const answer = (server: Scripted, threadId: string, input: object) =>
    events(server, "threads.add_structured_input", { thread_id: threadId, item_id: "q", input });

  test("answers are recorded and sent back; a single choice keeps one, what is missing is skipped, unknown questions are ignored", async () => {
    const server = asking();
    const { threadId } = await createThread(server);
    const answers = { one: { values: ["A", "B"] }, many: { values: ["A", "B"] }, free: { values: [] }, nobody: { values: ["x"] } };
    const sent = await answer(server, threadId, { status: "answered", answers });
    expect(sent.map((event) => event.type)).toEqual(["stream_options", "thread.item.replaced", "thread.item.done"]);
    const [, item] = await itemsOf(server, threadId);
    expect(item).toMatchObject({
      status: "answered",
      inputs: [
        { answer: { values: ["A"], skipped: false } },
        { answer: { values: ["A", "B"], skipped: false } },
        { answer: { values: [], skipped: true } },
        { answer: { values: [], skipped: true } },
      ],
    });
  });

  test("only a pending item takes answers, and only once", async () => {
    const server = asking();
    const { threadId } = await createThread(server);
    await answer(server, threadId, { status: "skipped" });
    expect((await itemsOf(server, threadId))[1]).toMatchObject({ status: "skipped" });
    expect(await answer(server, threadId, { answers: {} })).toEqual(custom("answered already"));
    const message = (await itemsOf(server, threadId))[0]?.id;
    expect(await events(server, "threads.add_structured_input", { thread_id: threadId, item_id: message, input: {} })).toEqual(custom("no answers"));
    expect(await events(server, "threads.add_structured_input", { thread_id: threadId, item_id: "zz", input: {} })).toEqual(custom("not found"));
  });
});

describe("retry", () => {
  test("deletes what came after that message, hidden items too, and answers it again", async () => {
    const store = new MemoryStore<RequestContext>();
    const turns: (Turn | undefined)[] = [];
    const server = new Scripted(async function* (_thread, message, context) {
      turns.push(context.turn);
      yield hiddenContext("note");
      yield assistantMessage(`answer to ${message && textOf(message)}`);
    }, ports(store));
    const { threadId } = await createThread(server, "first");
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("second") });
    const [first] = await itemsOf(server, threadId);
    const sent = await events(server, "threads.retry_after_item", { thread_id: threadId, item_id: first?.id });
    expect(sent.map((event) => event.type)).toEqual(["stream_options", "thread.item.done"]);
    expect((await store.recentItems(threadId, 99, asker())).map((item) => item.type)).toEqual(["user_message", "hidden_context_item", "assistant_message"]);
    expect(turns.map((turn) => [turn?.reason, turn?.userMessage && textOf(turn.userMessage)])).toEqual([
      ["message", "first"],
      ["message", "second"],
      ["retry", "first"],
    ]);
  });

  test("of what is no user message of that thread changes nothing", async () => {
    const server = talk();
    const { threadId } = await createThread(server);
    const other = await createThread(server);
    const before = await itemsOf(server, threadId);
    const foreign = (await itemsOf(server, other.threadId))[0]?.id;
    for (const item_id of [before[1]?.id, "msg_unknown", foreign]) {
      const sent = await events(server, "threads.retry_after_item", { thread_id: threadId, item_id });
      expect(sent).toEqual(custom(""));
    }
    expect(await itemsOf(server, threadId)).toEqual(before);
  });
});

describe("actions", () => {
  class Clickable extends Scripted {
    override async *action(...[, action, sender]: Parameters<Scripted["action"]>) {
      const { n } = parseAction(action, z.object({ n: z.number() }));
      yield assistantMessage(`${action.type} ${n} from ${sender?.type ?? "the page"}`);
    }
    override async syncAction(...[, action, sender]: Parameters<Scripted["syncAction"]>) {
      if (!sender || action.type === "none") return {};
      return { updated_item: { ...sender, copy_text: "updated" } };
    }
  }
  const clickable = () =>
    new Clickable(async function* () {
      yield widgetItem({ type: "Card", children: [] });
    });
  const click = (server: Scripted, params: object) => events(server, "threads.custom_action", params);

  test("reach the hook with their sender, or without one", async () => {
    const server = clickable();
    const { threadId } = await createThread(server);
    const widget = (await itemsOf(server, threadId))[1];
    const action = { type: "go", payload: { n: 1 } };
    for (const [item_id, from] of [[widget?.id, "widget"], [null, "the page"], [undefined, "the page"]]) {
      const sent = await click(server, { thread_id: threadId, item_id, action });
      expect(sent.map((event) => event.type)).toEqual(["stream_options", "thread.item.done"]);
      expect(textOf((sent[1] as { item: ThreadItem }).item)).toBe(`go 1 from ${from}`);
    }
  });

  test("see their widget as it is once nobody else answers in the thread", async () => {
    let seen: unknown;
    class Watching extends Clickable {
      override async *action(...[, , sender]: Parameters<Scripted["action"]>) {
        seen = sender?.copy_text;
      }
    }
    const server = new Watching(async function* () {
      yield widgetItem({ type: "Card", children: [] });
    });
    const { threadId } = await createThread(server);
    const widget = (await itemsOf(server, threadId))[1] as ThreadItem & { type: "widget" };
    const { store } = server;
    const openRun = store.openRun.bind(store);
    // What the answer before has written last, while the click waited for it.
    const recorded = spyOn(store, "recordInput");
    const opened = spyOn(store, "openRun").mockImplementation(async (opening, context, isDead) => {
      await store.saveItem(threadId, { ...widget, copy_text: "newer" }, asker());
      return openRun(opening, context, isDead);
    });
    await click(server, { thread_id: threadId, item_id: widget.id, action: { type: "go", payload: { n: 1 } } });
    expect(seen).toBe("newer");
    // And so it is clicked again if the process dies, also if it dies before that is recorded.
    expect(opened.mock.calls.map(([{ input }]) => Object.keys(input!))).toEqual([["hash"]]);
    expect(recorded.mock.lastCall?.[1].sender).toMatchObject({ copy_text: "newer" });
  });

  test("that are sent again see their widget also when the process that took over has died as soon as it had", async () => {
    const server = clickable();
    const { threadId } = await createThread(server);
    const sender = (await itemsOf(server, threadId))[1] as ThreadItem & { type: "widget" };
    const params = { thread_id: threadId, item_id: sender.id, action: { type: "go", payload: { n: 1 } } };
    const hash = new Bun.CryptoHasher("sha256").update(JSON.stringify({ type: "threads.custom_action", params })).digest("base64");
    const { store } = server;
    const opened = async () => {
      const run = { id: crypto.randomUUID(), threadId, leaseMs: 1 };
      await store.openRun({ run, input: { hash } }, asker());
      return run;
    };
    const run = await opened();
    await store.recordInput(run, { hash, sender }, asker());
    await store.deleteThreadItem(threadId, sender.id, { ...asker(), run });
    for (let i = 0; i < 2; i++) {
      await Bun.sleep(5);
      await opened();
    }
    await Bun.sleep(5);
    const sent = await click(server, params);
    expect(textOf((sent.at(-1) as { item: ThreadItem }).item)).toBe("go 1 from widget");
  });

  test("with a payload that does not fit are refused without a retry button", async () => {
    const server = clickable();
    const { threadId } = await createThread(server);
    const sent = await click(server, { thread_id: threadId, action: { type: "go", payload: { n: "x" } } });
    expect(sent.slice(1)).toEqual(custom("go does not fit: n: "));
  });

  test("of a sender that is no widget, or unknown, are refused", async () => {
    const server = clickable();
    const { threadId } = await createThread(server);
    const [message] = await itemsOf(server, threadId);
    const action = { type: "go", payload: { n: 1 } };
    expect(await click(server, { thread_id: threadId, item_id: message?.id, action })).toEqual([{ type: "error", code: "stream.error", allow_retry: false }]);
    expect(await click(server, { thread_id: threadId, item_id: "msg_unknown", action })).toEqual(custom("Item not found"));
    expect((server.logger as ReturnType<typeof recordingLogger>).lines).toEqual([]);
  });

  test("nobody answers are refused by name, streamed and at once", async () => {
    const server = talk();
    const { threadId } = await createThread(server);
    expect((await click(server, { thread_id: threadId, action: { type: "fly" } })).slice(1)).toEqual(custom("fly"));
    expect(await refusal(ask(server, "threads.sync_custom_action", { thread_id: threadId, action: { type: "fly" } }))).toEqual({
      code: "invalid_request",
      status: 400,
    });
  });

  test("answered at once give the updated item, or nothing", async () => {
    const server = clickable();
    const { threadId } = await createThread(server);
    const widget = (await itemsOf(server, threadId))[1];
    const sync = (type: string, item_id?: string) => ask(server, "threads.sync_custom_action", { thread_id: threadId, item_id, action: { type } });
    expect(await sync("update", widget?.id)).toEqual({ updated_item: { ...widget, copy_text: "updated" } });
    expect(await sync("none", widget?.id)).toEqual({});
    expect(await sync("update")).toEqual({});
    expect(await refusal(sync("update", (await itemsOf(server, threadId))[0]?.id))).toEqual({ code: "invalid_request", status: 400 });
  });
});

describe("feedback, audio and files", () => {
  test("feedback is taken for items of one's own thread", async () => {
    const server = talk();
    const { threadId } = await createThread(server);
    const ids = (await itemsOf(server, threadId)).map((item) => item.id);
    expect(await ask(server, "items.feedback", { thread_id: threadId, item_ids: ids, kind: "negative" })).toEqual({});
    expect(await refusal(ask(server, "items.feedback", { thread_id: "thr_x", item_ids: [], kind: "positive" }))).toMatchObject({ status: 404 });
  });

  test("audio reaches the hook as bytes; bad base64 is a 400; without a hook it is a 501", async () => {
    class Listening extends Scripted {
      override async transcribe(audio: { data: Uint8Array; mimeType: string; mediaType: string }) {
        return { text: `${audio.data.length} bytes of ${audio.mediaType} as ${audio.mimeType}` };
      }
    }
    const params = { audio_base64: btoa("hello"), mime_type: "audio/webm;codecs=opus" };
    const server = new Listening(talk().answer);
    expect(await ask(server, "input.transcribe", params)).toEqual({ text: "5 bytes of audio/webm as audio/webm;codecs=opus" });
    expect(await ask(server, "input.transcribe", { ...params, audio_base64: `-\n${btoa("hello").split("").join("é😀 \n_")}` })).toMatchObject({ text: expect.stringMatching(/^5 bytes/) as string });
    expect(await refusal(ask(server, "input.transcribe", { ...params, audio_base64: "abc" }))).toEqual({ code: "invalid_request", status: 400 });
    expect(await refusal(ask(talk(), "input.transcribe", params))).toEqual({ code: "not_implemented", status: 501 });
  });

  test("without an attachment store files are refused with a word on how to configure one", async () => {
    const made = ask(talk(), "attachments.create", { name: "a.txt", size: 1, mime_type: "text/plain" });
    expect(await refusal(made)).toEqual({ code: "not_implemented", status: 501 });
    await expect(made).rejects.toThrow("attachmentStore");
  });

  test("attachments are created, sent with a message, bound to its thread and deleted", async () => {
    const bytes = new Set<string>();
    const attachmentStore = {
      async createAttachment(input: { name: string; mime_type: string }): Promise<Attachment> {
        const id = generateId("attachment");
        bytes.add(id);
        const { name, mime_type } = input;
        return { type: "file", id, name, mime_type, metadata: { secret: 1 }, upload_descriptor: { url: "http://127.0.0.1/u", method: "PUT", headers: {} } };
      },
      async deleteAttachment(id: string): Promise<void> {
        bytes.delete(id);
      },
      read: () => Promise.reject(new Error("not read here")),
    };
    const server = new Scripted(talk().answer, { ...ports(), attachmentStore });
    const made = await ask<Attachment>(server, "attachments.create", { name: "a.txt", size: "1", mime_type: "text/plain" });
    expect(made).toEqual({ type: "file", id: made.id, name: "a.txt", mime_type: "text/plain", upload_descriptor: { url: "http://127.0.0.1/u", method: "PUT", headers: {} } });
    const sent = await events(server, "threads.create", { input: userInput("see", { attachments: [made.id] }) });
    const message = (sent[1] as { item: ThreadItem }).item;
    expect(message).toMatchObject({ attachments: [{ id: made.id, thread_id: message.thread_id }] });
    expect(JSON.stringify(sent)).not.toContain("secret");
    expect(await ask(server, "attachments.delete", { attachment_id: made.id }, asker("eve"))).toEqual({});
    expect(bytes.size).toBe(1);
    expect(await ask(server, "attachments.delete", { attachment_id: made.id })).toEqual({});
    expect(bytes.size).toBe(0);
  });

  test("a message with an unknown attachment leaves an empty thread and an error", async () => {
    const server = talk();
    const sent = await events(server, "threads.create", { input: userInput("see", { attachments: ["atc_x"] }) });
    expect(sent.map((event) => event.type)).toEqual(["thread.created", "error"]);
    const thread = (sent[0] as { thread: Thread }).thread;
    expect((await threadOf(server, thread.id)).items.data).toEqual([]);
  });
});
