import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import { ThreadItemConverter } from "../../src/agents/input/thread-item-converter.ts";
import { roomFor } from "../../src/agents/input/files-that-fit.ts";
import { AgentServer } from "../../src/agents/agent-server.ts";
import { ModelFiles } from "../../src/attachments/model-files.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import { assistant, runnerFor, say } from "../support/agent-turn.ts";
import { userInput } from "../support/chat.ts";
import { fileServer, PDF, PNG } from "../support/files.ts";
import { anAttachment, userMessage } from "../store/rows.ts";
import { ResponsesServer } from "../support/responses-server.ts";

setDefaultTimeout(30_000);

const model = new ResponsesServer();
const uploads: { name: string; size: number; purpose: string }[] = [];
const deleted: string[] = [];
let takesFiles = true;
/** The part of OpenAI's API that takes files. */
const filesApi = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  async fetch(request) {
    if (!takesFiles) return new Response("no", { status: 404 });
    const { pathname } = new URL(request.url);
    if (request.headers.get("authorization") !== "Bearer sk-files") return new Response("who", { status: 401 });
    if (request.method === "DELETE") return Response.json({ deleted: deleted.push(pathname.split("/").at(-1)!) > 0 });
    const form = await request.formData();
    const file = form.get("file") as File;
    uploads.push({ name: file.name, size: file.size, purpose: String(form.get("purpose")) });
    return Response.json({ id: `file-${uploads.length}`, object: "file" });
  },
});

const camera = tool({
  name: "camera",
  description: "Takes a picture.",
  parameters: z.object({}),
  execute: () => ({ type: "image" as const, image: { data: PNG.toBase64(), mediaType: "image/png" } }),
});

function serve(options: Partial<Parameters<typeof fileServer>[0]> = {}, agent: Agent<any, any> = assistant({ tools: [camera] })) {
  return fileServer({ serverOf: (given) => new AgentServer(given, { agent, runner: runnerFor(model), title: false }), ...options });
}
const server = serve();
const withFiles = serve({ modelFiles: new ModelFiles({ baseUrl: filesApi.url.origin, apiKey: "sk-files" }) });
afterAll(() => Promise.all([model.stop(), filesApi.stop(true), server.stop(), withFiles.stop()]));

type Client = ReturnType<typeof serve>;
async function start({ ask }: Client, text: string, attachments: string[] = []): Promise<{ threadId: string; events: string }> {
  const events = await (await ask("threads.create", { input: userInput(text, { attachments }) })).text();
  return { events, threadId: /"thread_id":"(\w+)"/.exec(events)?.[1] ?? "" };
}
async function add({ ask }: Client, threadId: string, text: string, attachments: string[] = []): Promise<string> {
  return (await ask("threads.add_user_message", { thread_id: threadId, input: userInput(text, { attachments }) })).text();
}
const storeOf = ({ store, files }: Client) => ({ store, attachmentStore: files });
const itemsOf = async ({ ask }: Client, threadId: string) =>
  ((await (await ask("items.list", { thread_id: threadId, order: "asc", limit: 100 })).json()) as { data: ThreadItem[] }).data;
type Sent = { content: string | { type: string; [field: string]: unknown }[] };
const sent = () => (model.requests.at(-1)!.body.input as Sent[]).flatMap(({ content }) => (Array.isArray(content) ? content : []));
const large = (size: number) => {
  const data = new Uint8Array(size).fill(32);
  data.set(PDF);
  return data;
};

describe("what the model reads", () => {
  test("is a picture as a picture, a PDF and text as files, and the name of anything else", async () => {
    const types: [string, string, Uint8Array<ArrayBuffer>][] = [
      ["a.png", "image/png", PNG],
      ["b.pdf", "application/pdf", PDF],
      ["c.txt", "text/plain", new TextEncoder().encode("words")],
      ["d.doc", "application/msword", Uint8Array.fromHex("d0cf11e0a1b11ae100000000")],
    ];
    const files = await Promise.all(types.map(([name, type, data]) => server.uploaded(name, type, data)));
    await start(server, say([[{ text: "Seen." }]]), files.map(({ id }) => id));
    expect(sent().slice(1)).toMatchObject([
      { type: "input_image", image_url: `data:image/png;base64,${PNG.toBase64()}` },
      { type: "input_file", filename: "b.pdf", file_data: `data:application/pdf;base64,${PDF.toBase64()}` },
      { type: "input_file", filename: "c.txt", file_data: `data:text/plain;base64,${btoa("words")}` },
      { type: "input_text", text: "[attachment d.doc application/msword]" },
    ]);
  });

  test("is bounded: of files that do not fit together the oldest are only named", async () => {
    const file = (id: string, mib: number) => ({ ...anAttachment({ metadata: { size: mib * 1024 ** 2 } }), id });
    const items = [userMessage("t", "1", { attachments: [file("a", 1), file("b", 12)] }), userMessage("t", "2", { attachments: [file("c", 12)] }), userMessage("t", "3", { attachments: [file("d", 12), file("e", 1)] })];
    const fits = roomFor(items);
    expect(["a", "b", "c", "d", "e", "unknown"].map(fits)).toEqual([true, false, true, true, true, false]);
    expect(roomFor(items.slice(1))("unknown")).toBe(true);
    const [first] = await new ThreadItemConverter().toAgentInput(items, { ...storeOf(server), requestContext: { userId: "ada" } });
    expect((first as Sent).content).toContainEqual({ type: "input_text", text: "[attachment a.txt text/plain]" });
  });

  test("of a large file is an id, where the model server takes files: it is sent there once, and deleted with the attachment", async () => {
    const file = await withFiles.uploaded("big.pdf", "application/pdf", large(5_000_000));
    const small = await withFiles.uploaded("small.pdf", "application/pdf", PDF);
    const { threadId } = await start(withFiles, say([[{ text: "Read." }]]), [file.id, small.id]);
    await add(withFiles, threadId, say([[{ text: "Again." }]]));
    expect(uploads).toEqual([{ name: "big.pdf", size: 5_000_000, purpose: "user_data" }]);
    expect(sent().filter(({ type }) => type === "input_file")).toMatchObject([{ file_id: "file-1" }, { filename: "small.pdf" }]);
    await withFiles.ask("attachments.delete", { attachment_id: file.id });
    expect(deleted).toEqual(["file-1"]);
  });

  test("of a large file is the file, where the model server takes none", async () => {
    takesFiles = false;
    const without = serve({ modelFiles: new ModelFiles({ baseUrl: filesApi.url.origin, apiKey: "sk-files" }) });
    const file = await without.uploaded("big.pdf", "application/pdf", large(5_000_000));
    await start(without, say([[{ text: "Read." }]]), [file.id]);
    expect(sent().filter(({ type }) => type === "input_file")).toMatchObject([{ filename: "big.pdf" }]);
    await without.stop();
    takesFiles = true;
  });
});

describe("an image that the model made", () => {
  test("ten of them in a thread are ten addresses, not ten megabytes", async () => {
    const { threadId } = await start(server, say([[{ text: "Ten." }]]));
    for (let i = 0; i < 10; i++) await add(server, threadId, say([[{ image: { partials: 1, bytes: 100_000 } }, { text: "Here." }]]));
    const whole = await (await server.ask("threads.get_by_id", { thread_id: threadId })).text();
    expect(whole.length).toBeLessThan(100_000);
    const images = (await itemsOf(server, threadId)).filter((item) => item.type === "generated_image");
    expect(images).toHaveLength(10);
    const sizes = await Promise.all(images.map(async ({ image }) => (await (await fetch(image!.url)).bytes()).byteLength));
    expect(sizes).toEqual(Array(10).fill(100_000 + PNG.byteLength));
  });

  test("comes back to the model as an image, from the file", async () => {
    const { threadId } = await start(server, say([[{ image: { bytes: 0 } }, { text: "Here." }]]));
    await add(server, threadId, say([[{ text: "Nice." }]]));
    expect(sent().find(({ type }) => type === "input_image")).toMatchObject({ image_url: `data:image/png;base64,${PNG.toBase64()}` });
  });

  test("is stored without its bytes, and goes with its thread", async () => {
    const { threadId, events } = await start(server, say([[{ image: { partials: 2, bytes: 1000 } }, { text: "Here." }]]));
    expect(events).not.toContain("data:image");
    const stored = (await server.store.loadThreadItems(threadId, null, 10, "asc", { userId: "ada" } as never)).data;
    const item = stored.find((one) => one.type === "generated_image")!;
    expect((item as { image: { url: string } }).image.url).toMatch(/^attachment:atc_[0-9a-f]{32}#[0-9a-f]{8}$/);
    await server.ask("threads.delete", { thread_id: threadId });
    const [id] = /atc_\w+/.exec(JSON.stringify(item))!;
    expect((await server.store.deletedAttachments(1000)).map(({ attachmentId }) => attachmentId)).toContain(id);
  });

  test("may be the whole answer: the model is not asked for another one", async () => {
    const asked = model.requests.length;
    const { threadId } = await start(server, say([[{ image: { bytes: 0 } }]]));
    expect((await itemsOf(server, threadId)).map(({ type }) => type)).toEqual(["user_message", "generated_image"]);
    expect(model.requests.length).toBe(asked + 1);
  });

  test("of a tool is shown, too", async () => {
    const { events, threadId } = await start(server, say([[{ tool: "camera" }], [{ text: "Look." }]]));
    const items = await itemsOf(server, threadId);
    expect(items.map(({ type }) => type).filter((type) => type !== "workflow")).toEqual(["user_message", "generated_image", "assistant_message"]);
    const image = items.find((item) => item.type === "generated_image")!;
    expect(await (await fetch(image.image!.url)).bytes()).toEqual(PNG);
    expect(events).not.toContain("data:image");
  });

  test("that was stored whole before goes on being shown", async () => {
    const { threadId } = await start(server, say([[{ text: "Hi." }]]));
    const item = { id: "msg_old", thread_id: threadId, created_at: "2026-01-01T00:00:00.000Z", type: "generated_image" as const };
    await server.store.addThreadItem(threadId, { ...item, image: { id: "ig", url: `data:image/png;base64,${PNG.toBase64()}` } }, { userId: "ada" } as never);
    expect((await itemsOf(server, threadId)).at(-1)).toMatchObject({ image: { url: `data:image/png;base64,${PNG.toBase64()}` } });
  });
});
