import { afterAll, describe, expect, test } from "bun:test";
import { applyUpdate } from "../../../src/protocol/apply-update.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import { doneItems, outline, texts, turn } from "../../support/agent-turn.ts";
import { chat } from "../../support/chat-context.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
const replaying = new ResponsesServer({ ids: "repeated" });
const faking = new ResponsesServer({ ids: "one" });
afterAll(() => Promise.all([server.stop(), replaying.stop(), faking.stop()]));

const PART = "assistant_message.content_part";
const content = [{ type: "output_text", text: "Hi", annotations: [] }];
/** A message that only the finished response names. */
const message = { id: "m", type: "message", role: "assistant", status: "completed", content };

describe("a text", () => {
  test("is announced, grows by its deltas and is done", async () => {
    const { events } = await turn(server, [[{ text: "Hello there" }]]);
    expect(outline(events)).toEqual([
      "added assistant_message",
      `${PART}.added`,
      `${PART}.text_delta`,
      `${PART}.text_delta`,
      `${PART}.done`,
      "done assistant_message",
    ]);
    expect(texts(events)).toEqual(["Hello there"]);
  });

  test("folds by its updates to what is done", async () => {
    const citation = { type: "url_citation", url: "https://example.com/", title: "T", start_index: 0, end_index: 2 };
    const { events } = await turn(server, [[{ parts: [{ text: "one two", annotations: [citation] }, { text: "three" }] }]]);
    const { folded, done } = foldMessage(events);
    expect(folded).toEqual(done as never);
  });

  test("with no words at all is still a message", async () => {
    const { events, error } = await turn(server, [[{ text: "" }]]);
    expect(error).toBeUndefined();
    expect(texts(events)).toEqual([""]);
  });

  test("of several parts keeps them apart", async () => {
    const { events } = await turn(server, [[{ parts: [{ text: "a" }, { text: "b" }] }]]);
    expect(texts(events)).toEqual(["a|b"]);
  });

  test("of two messages in one answer becomes two items", async () => {
    const { events } = await turn(server, [[{ text: "First." }, { text: "Second." }]]);
    expect(texts(events)).toEqual(["First.", "Second."]);
    expect(new Set(doneItems(events).map((item) => item.id)).size).toBe(2);
  });

  test("that was refused is shown, and the run counts as answered", async () => {
    const { events, error } = await turn(server, [[{ refusal: "I can't help with that." }]]);
    expect(error).toBeUndefined();
    expect(texts(events)).toEqual(["I can't help with that."]);
  });

  test("from a server that neither announces nor ends its messages is announced and ended here", async () => {
    const delta = { type: "response.output_text.delta", item_id: "m", output_index: 0, content_index: 0, delta: "Hi" };
    const { events } = await turn(server, [[{ raw: delta, output: message }]]);
    expect(outline(events)).toEqual(["added assistant_message", `${PART}.text_delta`, "done assistant_message"]);
    expect(texts(events)).toEqual(["Hi"]);
  });

  test("from a server that streams nothing is shown at its end", async () => {
    const { events } = await turn(server, [[{ raw: { type: "response.in_progress" }, output: message }]]);
    expect(texts(events)).toEqual(["Hi"]);
  });
});

describe("citations", () => {
  test("count by part over those that can be shown", async () => {
    const annotations = [
      { type: "file_citation", file_id: "f1", filename: "", index: 1 },
      { type: "file_citation", file_id: "f2", filename: "a.txt", index: 2 },
      { type: "file_path", file_id: "f3", index: 3 },
      { type: "container_file_citation", container_id: "c", file_id: "f4", filename: "b.csv", start_index: 0, end_index: 4 },
      { type: "url_citation", url: "https://example.com/", title: "T", start_index: 0, end_index: 5 },
    ];
    const { events } = await turn(server, [[{ text: "cited", annotations }]]);
    const added = events.flatMap((event) =>
      event.type === "thread.item.updated" && event.update.type === `${PART}.annotation_added` ? [event.update] : [],
    );
    expect(added.map((update) => [update.annotation_index, update.annotation.index])).toEqual([[0, 2], [1, 4], [2, 5]]);
    expect(doneItems(events)[0]).toMatchObject({ content: [{ annotations: added.map(({ annotation }) => annotation) }] });
  });
});

describe("ids", () => {
  test("repeated by the model server in every turn make another item each time", async () => {
    const it = await chat();
    const first = await turn(replaying, [[{ text: "One." }, { text: "Two." }]], { chat: it });
    const second = await turn(replaying, [[{ text: "Three." }, { text: "Four." }]], { chat: it });
    const ids = [...doneItems(first.events), ...doneItems(second.events)].map((item) => item.id);
    expect(new Set(ids).size).toBe(4);
    expect(texts(second.events)).toEqual(["Three.", "Four."]);
  });

  test("that are one for all items keep each message's events together", async () => {
    const { events } = await turn(faking, [[{ reasoning: ["Hm."] }, { text: "First." }, { text: "Second." }]]);
    const ids = doneItems(events).map((item) => item.id);
    expect(new Set(ids).size).toBe(3);
    expect(texts(events)).toEqual(["First.", "Second."]);
    const deltas = events.flatMap((event) =>
      event.type === "thread.item.updated" && event.update.type === `${PART}.text_delta` ? [[event.item_id, event.update.delta]] : [],
    );
    expect(deltas).toEqual([[ids[1]!, "First."], [ids[2]!, "Second."]]);
  });

  test("are the store's own", async () => {
    const { events } = await turn(server, [[{ text: "Hi" }]]);
    expect(doneItems(events)[0]!.id).toMatch(/^msg_[0-9a-f]{32}$/);
  });
});

function foldMessage(events: ThreadStreamEvent[]): { folded: unknown; done: unknown } {
  let item: ThreadItem | undefined;
  for (const event of events) {
    if (event.type === "thread.item.added") item = structuredClone(event.item) as ThreadItem;
    if (event.type === "thread.item.updated" && item) item = applyUpdate(item, event.update as never);
  }
  const done = doneItems(events)[0]!;
  return { folded: { ...item, created_at: "" }, done: { ...done, created_at: "" } };
}
