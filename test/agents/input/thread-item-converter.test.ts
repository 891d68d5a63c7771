import { afterAll, describe, expect, test } from "bun:test";
import { ThreadItemConverter, simpleToAgentInput } from "../../../src/agents/input/thread-item-converter.ts";
import type { AttachmentStore } from "../../../src/attachments/attachment-store.ts";
import { NotFoundError } from "../../../src/errors.ts";
import { threadItem, type ThreadItem } from "../../../src/protocol/items.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { turn } from "../../support/agent-turn.ts";
import { chat } from "../../support/chat-context.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());

let made = 0;
function item(fields: object): ThreadItem {
  return threadItem.parse({ id: `i${++made}`, thread_id: "t", created_at: "2026-01-01T00:00:00.000Z", ...fields });
}
const user = (text: string, more: object = {}) =>
  item({ type: "user_message", content: [{ type: "input_text", text }], inference_options: {}, ...more });

/** What the model server is sent for a thread. */
async function sent(items: ThreadItem[], api: "responses" | "chat_completions" = "responses"): Promise<Record<string, any>[]> {
  const { error } = await turn(server, [[]], { api, input: await simpleToAgentInput(items) });
  expect(error).toBeUndefined();
  const { body } = server.requests.at(-1)!;
  return (body.input ?? body.messages) as Record<string, any>[];
}

describe("a thread as the model server gets it", () => {
  const call = { type: "client_tool_call", call_id: "c1", name: "pick", arguments: { a: 1 } };

  test("is messages, and calls with their outputs", async () => {
    const answer = item({ type: "assistant_message", content: [{ type: "output_text", text: "Hello." }] });
    const done = item({ ...call, status: "completed", output: { picked: [1] } });
    const input = await sent([user("Hi"), answer, done, user("And?", { quoted_text: "Hello." })]);
    expect(input).toMatchObject([
      { role: "user", content: [{ type: "input_text", text: "Hi" }] },
      { role: "assistant", content: [{ type: "output_text", text: "Hello." }] },
      { type: "function_call", call_id: "c1", name: "pick", arguments: '{"a":1}' },
      { type: "function_call_output", call_id: "c1", output: '{"picked":[1]}' },
      { role: "user", content: [{ type: "input_text", text: "And?" }] },
      { role: "user", content: [{ type: "input_text", text: "The user is referring to this in particular: \nHello." }] },
    ]);
  });

  test("leaves out a call the page has not answered", async () => {
    const input = await sent([user("Hi"), item(call), user("Never mind")]);
    expect(input.map((message) => message["content"][0].text)).toEqual(["Hi", "Never mind"]);
  });

  test("is accepted by the chat completions adapter as well", async () => {
    const answer = item({ type: "assistant_message", content: [{ type: "output_text", text: "Hello." }] });
    const done = item({ ...call, status: "completed", output: 1 });
    const input = await sent([user("Hi"), answer, done, user("And?")], "chat_completions");
    expect(input.map((message) => message["role"])).toEqual(["system", "user", "assistant", "tool", "user"]);
  });

  test("carries images made before", async () => {
    const image = item({ type: "generated_image", image: { id: "ig", url: "https://example.com/i.png" } });
    const [message] = await sent([image, user("Nice")]);
    expect(message!["content"][1]).toMatchObject({ type: "input_image", image_url: "https://example.com/i.png" });
  });
});

describe("attachments", () => {
  const bytes: Record<string, Uint8Array> = { pic: Uint8Array.of(1, 2, 3), doc: Buffer.from("%PDF"), note: Buffer.from("hi") };
  const attachmentStore: AttachmentStore<RequestContext> = {
    createAttachment: () => Promise.reject(new Error("not used here")),
    deleteAttachment: () => Promise.reject(new Error("not used here")),
    read: async (id) => {
      const data = bytes[id];
      if (!data) throw new NotFoundError("attachment", id);
      return { data, mime_type: "ignored", name: "ignored" };
    },
  };
  const attached = (id: string, mime_type: string) => ({ type: "file", id, name: `${id}.x`, mime_type });

  async function parts(attachments: object[], withStore = true): Promise<unknown[]> {
    const { store, request } = await chat();
    const context = { store, requestContext: request, ...(withStore && { attachmentStore }) };
    const [message] = await new ThreadItemConverter().toAgentInput(user("See", { attachments }), context);
    return (message as { content: unknown[] }).content.slice(1);
  }

  test("are images to look at, and PDFs and text to read", async () => {
    const all = [attached("pic", "image/png"), attached("doc", "application/pdf"), attached("note", "text/plain; charset=utf-8")];
    expect(await parts(all)).toEqual([
      { type: "input_image", image: "data:image/png;base64,AQID", detail: "auto" },
      { type: "input_file", file: "data:application/pdf;base64,JVBERg==", filename: "doc.x" },
      { type: "input_file", file: "data:text/plain;base64,aGk=", filename: "note.x" },
    ]);
  });

  test("are named when models cannot read them, when they are gone, or when nothing is kept here", async () => {
    const zip = { type: "input_text", text: "[attachment pic.x application/zip]" };
    const gone = { type: "input_text", text: "[attachment gone.x image/png]" };
    expect(await parts([attached("pic", "application/zip"), attached("gone", "image/png")])).toEqual([zip, gone]);
    expect(await parts([attached("gone", "image/png")], false)).toEqual([gone]);
  });
});

describe("a converter of one's own", () => {
  test("may leave items out, or make several inputs of one", async () => {
    class Own extends ThreadItemConverter {
      override async widgetToInput() {
        return null;
      }
      override async endOfTurnToInput() {
        return [1, 2].map((n) => ({ type: "message" as const, role: "user" as const, content: `turn ${n}` }));
      }
    }
    const widget = item({ type: "widget", widget: { type: "Card", children: [] } });
    const input = await new Own().toAgentInput([widget, item({ type: "end_of_turn" })]);
    expect(input).toMatchObject([{ content: "turn 1" }, { content: "turn 2" }]);
  });
});
