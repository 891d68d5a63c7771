import { describe, expect, test } from "bun:test";
import { applyUpdate } from "../../src/protocol/apply-update.ts";
import { streamEvent } from "../../src/protocol/events.ts";
import { threadItem, type ThreadItem } from "../../src/protocol/items.ts";
import { serializeEvent, wireThread } from "../../src/protocol/serialize.ts";
import { toTimestamp } from "../../src/protocol/timestamp.ts";
import { threadItemUpdate, type ThreadItemUpdate } from "../../src/protocol/updates.ts";

const base = { id: "i", thread_id: "t", created_at: "2026-01-02T03:04:05.678Z" };
const item = (fields: object) => threadItem.parse({ ...base, ...fields });
const assistant = (text: string) => item({ type: "assistant_message", content: [{ text }] }) as Extract<ThreadItem, { type: "assistant_message" }>;

describe("items", () => {
  test("there are eleven, twelve events and ten updates", () => {
    expect([threadItem, streamEvent, threadItemUpdate].map((schema) => schema.options.length)).toEqual([11, 12, 10]);
  });

  test("defaults are filled in and nulls dropped", () => {
    const user = item({ type: "user_message", content: [], quoted_text: null, inference_options: { model: null } });
    expect(JSON.parse(JSON.stringify(user))).toEqual({ ...base, type: "user_message", content: [], attachments: [], inference_options: {} });
    const entity = { type: "entity", id: "e", title: "E", data: { keep: null } };
    const cited = item({ type: "assistant_message", content: [{ text: "x", annotations: [{ source: entity, index: null }] }] });
    expect(JSON.parse(JSON.stringify(cited)).content).toEqual([
      { type: "output_text", text: "x", annotations: [{ type: "annotation", source: { ...entity, interactive: false } }] },
    ]);
  });

  test("dates become UTC with Z and milliseconds, whatever form they came in", () => {
    const forms = ["2024-05-06T07:08:09.123456", "2024-05-06 07:08:09", "2024-05-06", "2024-05-06T07:08:09-00:30", "1714979289", 1714979289, 1714979289000];
    expect(forms.map(toTimestamp)).toEqual([
      "2024-05-06T07:08:09.123Z",
      "2024-05-06T07:08:09.000Z",
      "2024-05-06T00:00:00.000Z",
      "2024-05-06T07:38:09.000Z",
      "2024-05-06T07:08:09.000Z",
      "2024-05-06T07:08:09.000Z",
      "2024-05-06T07:08:09.000Z",
    ]);
    expect(["nope", "2024-13-40", "", NaN, Infinity, 1e300].map(toTimestamp)).toEqual(Array(6).fill(undefined));
  });

  test("widgets keep unknown components and props, and lose nulls at every depth", () => {
    const widget = { type: "Card", size: null, novel: 1, children: [{ type: "Fancy", x: [{ y: null, z: 2 }] }, { type: "Text", value: 5 }] };
    expect(item({ type: "widget", widget })).toMatchObject({
      widget: { type: "Card", novel: 1, children: [{ type: "Fancy", x: [{ z: 2 }] }, { type: "Text", value: 5 }] },
    });
    for (const bad of [{ type: "Text", value: "x" }, { type: "Card", children: [null] }, [], "x", { type: "Card", children: ["x"] }]) {
      expect(threadItem.safeParse({ ...base, type: "widget", widget: bad }).success).toBeFalse();
    }
  });

  test("an unknown icon, status or update is refused", () => {
    for (const task of [{ type: "custom", icon: "nope" }, { type: "custom", status_indicator: "failed" }, { type: "magic" }]) {
      expect(threadItem.safeParse({ ...base, type: "task", task }).success).toBeFalse();
    }
    expect(item({ type: "task", task: { type: "custom", icon: "lucide:anchor" } })).toMatchObject({ task: { icon: "lucide:anchor" } });
  });
});

describe("what leaves the server", () => {
  const thread = { id: "t", created_at: base.created_at, status: { type: "active" as const }, metadata: { secret: 1 } };

  test("a thread never carries its metadata, nor an attachment its own", () => {
    expect(wireThread(thread)).toMatchObject({ metadata: {}, items: { data: [], has_more: false } });
    const attachment = { type: "file" as const, id: "a", name: "n", mime_type: "m", metadata: { secret: 1 } };
    const user = item({ type: "user_message", content: [], attachments: [attachment], inference_options: {} });
    expect(serializeEvent({ type: "thread.item.done", item: user })).not.toContain("secret");
  });

  test("hidden items pass in no event and no page", () => {
    const hidden = [item({ type: "hidden_context_item", content: { secret: 1 } }), item({ type: "sdk_hidden_context", content: "secret" })];
    for (const one of hidden) {
      for (const type of ["thread.item.added", "thread.item.done", "thread.item.replaced"] as const) {
        expect(serializeEvent({ type, item: one })).toBeNull();
      }
    }
    expect(wireThread(thread, { data: hidden, has_more: false }).items.data).toEqual([]);
  });

  test("no text forges a frame: line breaks are escaped in every event (CWE-93)", () => {
    const nasty = "a\r\n\ndata: {}\n\n\u2028\u2029\u0000";
    const json = serializeEvent({ type: "progress_update", text: nasty });
    expect(json).not.toMatch(/[\r\n\0]/);
    expect(JSON.parse(json!).text).toBe(nasty);
  });

  test("free-form nulls stay, a tool output that is null is omitted", () => {
    const call = { type: "client_tool_call", call_id: "c", name: "n", arguments: { a: null }, status: "completed" };
    expect(serializeEvent({ type: "thread.item.done", item: item({ ...call, output: null }) })).toContain('"arguments":{"a":null}}');
    expect(serializeEvent({ type: "thread.item.done", item: item({ ...call, output: { b: null } }) })).toContain('"output":{"b":null}');
  });
});

describe("the one reducer", () => {
  const fold = (start: ThreadItem, updates: ThreadItemUpdate[]) => updates.reduce(applyUpdate, start);
  const part = (text: string) => ({ type: "output_text" as const, text, annotations: [] });
  const annotation = { type: "annotation" as const, source: { type: "url" as const, url: "https://e.com", title: "E" } };

  test("text grows part by part, also where a part was never announced", () => {
    const message = fold(item({ type: "assistant_message", content: [] }), [
      { type: "assistant_message.content_part.added", content_index: 0, content: part("") },
      { type: "assistant_message.content_part.text_delta", content_index: 0, delta: "Hel" },
      { type: "assistant_message.content_part.text_delta", content_index: 0, delta: "lo" },
      { type: "assistant_message.content_part.annotation_added", content_index: 0, annotation_index: 5, annotation },
      { type: "assistant_message.content_part.text_delta", content_index: 2, delta: "later" },
      { type: "assistant_message.content_part.done", content_index: 0, content: part("Hello") },
    ]);
    expect(message).toMatchObject({ content: [{ text: "Hello", annotations: [annotation] }, { text: "" }, { text: "later" }] });
  });

  test("the given item stays as it was", () => {
    const before = assistant("a");
    const copy = structuredClone(before);
    applyUpdate(before, { type: "assistant_message.content_part.text_delta", content_index: 0, delta: "b" });
    expect(before).toEqual(copy);
  });

  test("widgets change at their root, in a component and in a streamed text at any depth", () => {
    const text = { type: "Text", id: "t", value: "a", streaming: true };
    const widget = item({ type: "widget", widget: { type: "Card", children: [{ type: "Transition", children: { type: "Box", children: [text] } }] } });
    const grown = applyUpdate(widget, { type: "widget.streaming_text.value_delta", component_id: "t", delta: "b", done: true });
    expect(JSON.stringify(grown)).toContain('"value":"ab","streaming":false');
    const swapped = applyUpdate(widget, { type: "widget.component.updated", component_id: "t", component: { type: "Markdown", value: "m" } });
    expect(JSON.stringify(swapped)).toContain('{"type":"Markdown","value":"m"}');
    expect(applyUpdate(widget, { type: "widget.streaming_text.value_delta", component_id: "none", delta: "b", done: true })).toBe(widget);
  });

  test("tasks are added in their place and replaced; images follow their partials", () => {
    const workflow = item({ type: "workflow", workflow: { type: "custom", tasks: [{ type: "image" }] } });
    const thought = { type: "thought" as const, content: "x", status_indicator: "none" as const };
    const done = fold(workflow, [
      { type: "workflow.task.added", task_index: 1, task: thought },
      { type: "workflow.task.updated", task_index: 1, task: { ...thought, content: "y" } },
      { type: "workflow.task.updated", task_index: 9, task: thought },
    ]);
    expect(done).toMatchObject({ workflow: { tasks: [{ type: "image" }, { content: "y" }] } });
    const image = { id: "g", url: "data:," };
    expect(applyUpdate(item({ type: "generated_image" }), { type: "generated_image.updated", image })).toMatchObject({ image });
  });

  test("an update for another type of item changes nothing", () => {
    const ended = item({ type: "end_of_turn" });
    expect(applyUpdate(ended, { type: "assistant_message.content_part.text_delta", content_index: 0, delta: "x" })).toBe(ended);
  });
});
