import { describe, expect, test } from "bun:test";
import { createApp } from "../src/http/app.ts";
import { OPERATIONS } from "../src/protocol/requests.ts";
import { assistantMessage, hiddenContext, progress } from "../src/server/builders.ts";
import type { RequestContext } from "../src/server/context.ts";
import { MemoryStore } from "../src/store/memory/store.ts";
import { SqliteStore } from "../src/store/sqlite/store.ts";
import { ports, recordingLogger, Scripted, textOf, userInput } from "./support/chat.ts";
import { Random } from "./support/random.ts";

/** One test for each attack, named by its weakness. Each says what the attack would gain. */

const answer = () =>
  new Scripted(async function* (_thread, message) {
    yield hiddenContext("a secret of the house");
    yield progress(message ? textOf(message) : "…");
    yield assistantMessage(message ? textOf(message) : "continued");
  }, ports(new MemoryStore<RequestContext>(), recordingLogger()));

type App = ReturnType<typeof createApp>;

function post(app: App, body: string | Uint8Array, user = "ada"): Promise<Response> {
  const headers = { "content-type": "application/json", "x-user-id": user };
  return Promise.resolve(app.request("/chatkit", { method: "POST", body: body as string, headers }));
}

const send = (app: App, type: string, params: object, user?: string) => post(app, JSON.stringify({ type, params }), user);

async function newThread(app: App, text: string, user?: string): Promise<string> {
  const body = await (await send(app, "threads.create", { input: userInput(text) }, user)).text();
  return /"thread":{"id":"(thr_\w+)"/.exec(body)![1]!;
}

describe("hardening", () => {
  test("CWE-20: two thousand mangled bodies bring no 5xx, no crash and no thread of somebody else", async () => {
    const server = answer();
    const app = createApp(server);
    const threadId = await newThread(app, "hello");
    const random = new Random(42);
    const next = () => random.next();
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
    const junk = [null, true, -1, 1e308, 0.5, "", "\u0000", "x".repeat(5000), [], {}, [[[]]], { a: { b: null } }, "thr_x", "../..", "𝒳\u2028", "constructor"];
    const value = (depth = 0): unknown => {
      if (depth > 3 || next() < 0.6) return pick(junk);
      return next() < 0.5 ? Array.from({ length: 3 }, () => value(depth + 1)) : { [String(pick(["id", "type", "text", "content", "thread_id"]))]: value(depth + 1) };
    };
    const fields = ["thread_id", "item_id", "limit", "order", "after", "input", "action", "title", "result", "item_ids", "kind", "attachment_id", "audio_base64", "mime_type", "name", "size"];
    const statuses = new Map<number, number>();
    for (let i = 0; i < 2000; i++) {
      const params = Object.fromEntries(fields.filter(() => next() < 0.5).map((field) => [field, field === "thread_id" && next() < 0.5 ? threadId : value()]));
      if (next() < 0.2) params["input"] = userInput(String(value()), { quoted_text: value() });
      let body = JSON.stringify({ type: next() < 0.9 ? pick([...OPERATIONS]) : value(), params: next() < 0.9 ? params : value(), metadata: next() < 0.1 ? value() : undefined });
      if (next() < 0.2) body = body.slice(0, Math.floor(next() * body.length));
      const response = await post(app, body, "mallory");
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect(text).not.toContain("a secret of the house");
      if (response.status === 501) continue;
      expect(response.status, body).toBeLessThan(500);
      if (response.headers.get("content-type")?.startsWith("text/event-stream")) expect(text).toEndWith("\n\n");
      else expect(() => JSON.parse(text) as unknown).not.toThrow();
    }
    expect(statuses.get(400)).toBeGreaterThan(500);
    expect(statuses.get(200)).toBeGreaterThan(20);
  });

  test("CWE-20: a thousand bodies of random bytes are refused with a 400 each", async () => {
    const app = createApp(answer());
    const random = new Random(7);
    const next = () => random.next();
    for (let i = 0; i < 1000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(next() * 200) }, () => Math.floor(next() * 256));
      expect((await post(app, bytes)).status).toBe(400);
    }
  });

  test("CWE-639: another user's thread, item and cursor answer exactly as ones that do not exist, in every operation", async () => {
    const app = createApp(answer());
    const threadId = await newThread(app, "mine", "ada");
    const page = (await (await send(app, "items.list", { thread_id: threadId }, "ada")).json()) as { data: { id: string }[] };
    const itemId = page.data[0]!.id;
    const params = (thread_id: string, item_id: string) => ({
      thread_id, item_id, item_ids: [item_id], kind: "positive", title: "taken", result: 1, input: { ...userInput("x"), answers: {} }, action: { type: "x" },
      attachment_id: item_id, name: "n", size: 1, mime_type: "audio/webm", audio_base64: "", after: thread_id, limit: 5,
    });
    const masked = async (response: Response, ...ids: string[]) => {
      const text = ids.reduce((shown, id) => shown.replaceAll(id, "ID"), await response.text());
      return [response.status, text.replace(/req_\w+/g, "REQ").replace(/(thr|msg)_\w+/g, "$1").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")];
    };
    for (const type of OPERATIONS) {
      const theirs = await masked(await send(app, type, params(threadId, itemId), "eve"), threadId, itemId);
      const missing = await masked(await send(app, type, params("thr_nobodys", "msg_nobodys"), "eve"), "thr_nobodys", "msg_nobodys");
      expect([type, ...theirs]).toEqual([type, ...missing]);
    }
    const mine = (await (await send(app, "threads.get_by_id", { thread_id: threadId }, "ada")).json()) as { title?: string; items: { data: unknown[] } };
    expect(mine.title).toBeUndefined();
    expect(mine.items.data).toHaveLength(2);
  });

  test("CWE-93: line breaks in every string a person can send forge no event", async () => {
    const app = createApp(answer());
    const nasty = 'a\r\ndata: {"type":"error"}\n\n\u2028\u2029\u0085event: x\r\rid: 1\n\n';
    const input = userInput(nasty, { quoted_text: nasty, inference_options: { model: nasty, tool_choice: { id: nasty } } });
    const body = await (await send(app, "threads.create", { input })).text();
    const frames = body.replace(/^: ok\n/, "").split("\n\n").filter((frame) => frame !== "");
    const types = frames.map((frame) => (JSON.parse(frame.replace(/^data: /, "")) as { type: string }).type);
    expect(types).toEqual(["thread.created", "thread.item.done", "stream_options", "progress_update", "thread.item.done"]);
    expect(body).toContain(JSON.stringify(nasty).slice(1, -1));
  });

  test("CWE-89: SQL in ids, cursors, titles and texts finds no extra row and changes none", async () => {
    const store = new SqliteStore<RequestContext>(":memory:");
    await store.migrate();
    const app = createApp(new Scripted(answer().answer, ports(store)));
    const others = [await newThread(app, "one", "bob"), await newThread(app, "two", "bob")];
    const corpus = ["' or '1'='1", "x'; drop table threads; --", '" or ""="', "') union select data from items --", "%", "_", "*", "\\", "1; select 1", "\u0000'", "thr_%"];
    for (const evil of corpus) {
      expect((await send(app, "threads.get_by_id", { thread_id: evil }, "eve")).status).toBe(404);
      expect((await send(app, "items.list", { thread_id: evil, after: evil }, "eve")).status).toBe(404);
      expect((await send(app, "threads.delete", { thread_id: evil }, "eve")).status).toBe(404);
      // A header cannot hold NUL, and loses blanks at its ends.
      const user = evil.replace("\u0000", "").trim();
      expect(await (await send(app, "threads.list", { after: evil, limit: 100 }, user)).json()).toEqual({ data: [], has_more: false });
      const threadId = await newThread(app, evil, user);
      expect(await (await send(app, "threads.update", { thread_id: threadId, title: evil }, user)).json()).toMatchObject({ title: evil });
    }
    for (const id of others) expect((await send(app, "threads.get_by_id", { thread_id: id }, "bob")).status).toBe(200);
    await store.close();
  });

  test("CWE-1321: __proto__ and constructor in any object of a request pollute no object", async () => {
    const app = createApp(answer());
    const threadId = await newThread(app, "hi");
    for (const key of ["__proto__", "constructor", "prototype"]) {
      for (const type of OPERATIONS) {
        const evil = `{"${key}":{"polluted":"yes","isAdmin":true}}`;
        const body = `{"type":"${type}","params":{"thread_id":"${threadId}","item_id":"i","title":"t","kind":"positive","item_ids":[],"result":${evil},"action":{"type":"x","payload":${evil}},"input":{"content":[{"type":"input_tag","id":"a","text":"b","data":${evil}}],"attachments":[],"inference_options":${evil},"answers":${evil}},"${key}":{"polluted":"yes"}},"metadata":${evil},"${key}":{"polluted":"yes"}}`;
        await (await post(app, body)).text();
      }
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(([] as unknown as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  });

  test("CWE-209: what a hook or the store throws is in no answer, and in the log", async () => {
    const logger = recordingLogger();
    const secret = "postgres://root:hunter2@db/x sk-12345";
    class Broken extends MemoryStore<RequestContext> {
      override loadThreads(): never {
        throw new Error(secret);
      }
    }
    const server = new Scripted(() => {
      throw new Error(secret);
    }, ports(new Broken(), logger));
    const app = createApp(server);
    const streamed = await (await send(app, "threads.create", { input: userInput("x") })).text();
    const plain = await send(app, "threads.list", {});
    expect(plain.status).toBe(500);
    for (const text of [streamed, await plain.text()]) expect(text).not.toMatch(/hunter2|sk-12345|Error:|\.ts/);
    expect(logger.lines.filter((line) => line.level === "error").length).toBeGreaterThanOrEqual(2);
  });
});
