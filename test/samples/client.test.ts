import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";
import { ThirdPartyClient, type LooseEvent } from "./third-party-client.ts";

setDefaultTimeout(90_000);

type Endless = { endless: { open: number; said: number } };

let served: ServedAgent;
let client: ThirdPartyClient;
beforeAll(async () => {
  served = await serveAgent(join(import.meta.dir, "every-operation/agent.ts"), { CHATKIT_WRITE_TIMEOUT: "8s", CHATKIT_HEARTBEAT: "2s" });
  client = new ThirdPartyClient(`${served.url}/chatkit`);
});
afterAll(() => served.stop());

const types = (events: LooseEvent[]) => events.map(({ type }) => type);
const itemsOf = (events: LooseEvent[]) =>
  events.flatMap((event) => (event.type === "thread.item.done" ? [event["item"] as LooseEvent] : []));
const textOf = (item: LooseEvent | undefined) => (item?.["content"] as { text: string }[] | undefined)?.[0]?.text;
const endless = () => (served.server as unknown as Endless).endless;

async function newThread(text = "hello"): Promise<{ thread_id: string; items: LooseEvent[] }> {
  const events = await client.stream("threads.create", { input: client.input(text) });
  return { thread_id: events[0]?.["thread"].id as string, items: itemsOf(events) };
}

async function stored(thread_id: string): Promise<LooseEvent[]> {
  return (await client.json("items.list", { thread_id, order: "asc", limit: 9999, before: null }))["data"] as LooseEvent[];
}

/** Waits for what must come to pass, however slow the machine is. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await what()); await Bun.sleep(20)) {
    if (Date.now() > deadline) throw new Error("it did not come to pass");
  }
}

describe("a client of somebody else's", () => {
  test("talks: a thread, another message, the thread again, a retry", async () => {
    const { thread_id, items } = await newThread();
    expect(textOf(items[1])).toBe("You said: hello");
    const more = await client.stream("threads.add_user_message", {
      thread_id,
      input: client.input("more", { quoted_text: "hello" }),
      item_id: null,
    });
    expect(textOf(itemsOf(more)[1])).toBe("You said: more");
    const thread = await client.json("threads.get_by_id", { thread_id });
    expect(thread["items"].data).toHaveLength(4);
    const again = await client.stream("threads.retry_after_item", { thread_id, item_id: items[0]?.["id"] });
    expect(types(again)).toEqual(["stream_options", "thread.item.done"]);
    expect((await stored(thread_id)).map(textOf)).toEqual(["hello", "You said: hello"]);
  });

  test("answers a client tool and a question", async () => {
    const { thread_id, items } = await newThread("tool");
    expect(items[1]).toMatchObject({ type: "client_tool_call", status: "pending" });
    const answer = { thread_id, item_id: items[1]?.["id"], call_id: "call_1", result: { title: "Home", links: [null] }, output: "ignored" };
    expect(textOf(itemsOf(await client.stream("threads.add_client_tool_output", answer))[0])).toBe(
      'After client_tool_call {"title":"Home","links":[null]}',
    );
    const asked = itemsOf(await client.stream("threads.add_user_message", { thread_id, input: client.input("questions") }))[1];
    const input = { status: "answered", answers: { q1: { values: ["green"], skipped: false, at: 1 }, unknown: { values: ["?"] } } };
    const answered = await client.stream("threads.add_structured_input", { thread_id, item_id: asked?.["id"], input });
    expect(types(answered)).toEqual(["stream_options", "thread.item.replaced", "thread.item.done"]);
    expect(answered[1]?.["item"]).toMatchObject({ status: "answered", inputs: [{ id: "q1", answer: { values: ["green"] } }] });
  });

  test("acts, with and without a widget, with the payload under another name", async () => {
    const { thread_id, items } = await newThread("widget");
    const act = (type: string, item_id: string | null) => ({ thread_id, item_id, action: { type, data: { a: 1 } } });
    const text = async (item_id: string | null) => textOf(itemsOf(await client.stream("threads.custom_action", act("go", item_id)))[0]);
    expect(await text(null)).toBe("go undefined from nobody");
    expect(await text("")).toBe("go undefined from nobody");
    expect(await text(items[1]?.["id"] as string)).toBe("go undefined from widget");
    const sync = await client.json("threads.sync_custom_action", act("second", items[1]?.["id"] as string));
    expect(sync["updated_item"].widget.children[0].value).toBe("second");
    expect(await client.json("threads.sync_custom_action", act("second", null))).toEqual({} as never);
  });

  test("lists with any limit, pages to the end, renames, thumbs and deletes", async () => {
    const other = new ThirdPartyClient(client.url, { "x-user-id": "lister" });
    for (const text of ["a", "b", "c"]) await other.stream("threads.create", { input: other.input(text) });
    for (const limit of [9999, "9999", 0, null, undefined]) {
      expect((await other.json("threads.list", { limit, order: "desc", after: null }))["data"]).toHaveLength(3);
    }
    const ids: string[] = [];
    for (let after: string | undefined | null = null; after !== undefined;) {
      const page: LooseEvent = await other.json("threads.list", { limit: 1, order: "asc", after });
      ids.push(page["data"][0].id);
      after = page["has_more"] ? (page["after"] as string) : undefined;
    }
    expect(ids).toHaveLength(3);
    const [thread_id] = ids;
    expect(await other.json("threads.update", { thread_id, title: "Renamed", status: { type: "active" } })).toMatchObject({
      title: "Renamed",
    });
    const items = (await other.json("items.list", { thread_id, limit: -1 }))["data"] as LooseEvent[];
    expect(await other.json("items.feedback", { thread_id, item_ids: [items[0]?.["id"], "gone"], kind: "negative", reason: null })).toEqual(
      {} as never,
    );
    expect(await other.json("threads.delete", { thread_id })).toEqual({} as never);
    expect((await other.send("threads.get_by_id", { thread_id })).status).toBe(404);
  });

  test("announces a file, deletes it twice, and dictates", async () => {
    const file = await client.json("attachments.create", { name: "a.txt", size: 3, mime_type: "text/plain", lastModified: 0 });
    expect(file).toMatchObject({ type: "file", upload_descriptor: { method: "PUT" } });
    for (const _ of [1, 2]) expect(await client.json("attachments.delete", { attachment_id: file["id"] })).toEqual({} as never);
    const dictated = await client.json("input.transcribe", {
      audio_base64: btoa("sound"),
      mime_type: "audio/webm;codecs=opus",
      language: null,
    });
    expect(dictated).toEqual({ text: "5 bytes of audio/webm" } as never);
  });
});

describe("what it gets wrong is answered with a reason", () => {
  async function refusal(response: Response) {
    const { message, error } = (await response.json()) as { message: string; error: { code: string; message: string } };
    expect(message).toBe(error.message);
    return { status: response.status, code: error.code, message };
  }

  test("a rename without a title names the field", async () => {
    const { thread_id } = await newThread();
    const refused = await refusal(await client.send("threads.update", { thread_id, metadata: { pinned: true } }));
    expect(refused).toMatchObject({ status: 400, code: "invalid_request", message: expect.stringContaining("title") });
    expect((await client.json("threads.get_by_id", { thread_id }))["metadata"]).toEqual({});
  });

  test("a GET says what to send instead", async () => {
    const response = await fetch(`${client.url}?type=threads.list&limit=10`, { headers: client.headers });
    expect(response.headers.get("allow")).toBe("POST");
    expect(await refusal(response)).toMatchObject({ status: 405, message: "Send a POST." });
  });

  test.each([
    ["an operation that was renamed", "threads.get", { thread_id: "x" }, "unknown_operation"],
    ["params at the top", "threads.get_by_id", {}, "invalid_request"],
    ["feedback under another name", "items.feedback", { thread_id: "x", item_ids: ["y"], feedback: "positive" }, "invalid_request"],
    ["a message that is a string", "threads.create", { input: "hello" }, "invalid_request"],
    ["an action that is a string", "threads.custom_action", { thread_id: "x", item_id: null, action: "go" }, "invalid_request"],
  ])("%s", async (_name, type, params, code) => {
    expect(await refusal(await client.send(type, params))).toMatchObject({ status: 400, code });
  });

  test.each([
    ["no body", ""],
    ["half a body", '{"type":"threads.list","par'],
    ["a list", "[]"],
    ["nothing", "null"],
  ])("%s", async (_name, body) => {
    expect((await refusal(await client.send("", {}, { body }))).status).toBe(400);
  });
});

describe("a client that does not read", () => {
  test("has its answer stored when the answer is short, as those do who only look at the status", async () => {
    const { thread_id } = await newThread("tool");
    const unread = await client.send("threads.add_client_tool_output", { thread_id, result: "home" });
    expect(unread.ok).toBe(true);
    await until(async () => textOf((await stored(thread_id)).at(-1)) === 'After client_tool_call "home"');
    const acted = await client.send("threads.custom_action", { thread_id, item_id: null, action: { type: "go" } });
    expect(acted.ok).toBe(true);
    await until(async () => textOf((await stored(thread_id)).at(-1)) === "go undefined from nobody");
    await until(() => served.server.runs.size === 0);
  });

  test("holds its answer back, hinders nobody, and is cut off in the end", async () => {
    const said = endless().said;
    const unread = await Promise.all(Array.from({ length: 10 }, () => client.send("threads.create", { input: client.input("endless") })));
    expect(unread.every(({ ok }) => ok)).toBe(true);
    await until(() => endless().open === 10);
    expect((await newThread("meanwhile")).items).toHaveLength(2);
    await until(() => endless().open === 0);
    // What fits into the sockets between the two, and no more: it would be hundreds of megabytes.
    expect(endless().said - said).toBeLessThan(10 * 10_000_000);
    await until(() => served.server.runs.size === 0);
    await Promise.all(unread.map((response) => response.body?.cancel().catch(() => {})));
  });
});

describe("a client that goes away", () => {
  test("in the middle of an answer leaves what it has read, and a thread that can go on", async () => {
    const leaving = new AbortController();
    const response = await client.send("threads.create", { input: client.input("endless") }, { signal: leaving.signal });
    let thread_id = "";
    for await (const event of client.events(response)) {
      if (event.type === "thread.created") thread_id = event["thread"].id as string;
      if (event["update"]?.type === "assistant_message.content_part.text_delta") break;
    }
    leaving.abort();
    await until(() => endless().open === 0 && served.server.runs.size === 0);
    expect(textOf((await stored(thread_id)).at(-1))).toMatch(/^x+$/);
    const next = await client.stream("threads.add_user_message", { thread_id, input: client.input("still there?") });
    expect(textOf(itemsOf(next)[1])).toBe("You said: still there?");
  });

  test("before its answer begins, many times over, leaves nothing running", async () => {
    const attempts = Array.from({ length: 30 }, async (_, i) => {
      const leaving = new AbortController();
      const sent = client.send("threads.create", { input: client.input("endless") }, { signal: leaving.signal });
      setTimeout(() => leaving.abort(), i % 6);
      await sent.then(
        (response) => response.body?.cancel(),
        () => {},
      );
    });
    await Promise.all(attempts);
    await until(() => endless().open === 0 && served.server.runs.size === 0);
    expect((await newThread()).items).toHaveLength(2);
  });

  test("in the middle of its own body is forgotten", async () => {
    const { hostname, port } = new URL(served.url);
    const half =
      'POST /chatkit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"type":"threads.create","params":{';
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(half, () => (socket.destroy(), resolve())));
        socket.on("error", reject);
      });
    }
    expect((await newThread()).items).toHaveLength(2);
    expect(served.server.runs.size).toBe(0);
  });
});
