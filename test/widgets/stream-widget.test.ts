import { expect, test } from "bun:test";
import type { WidgetRoot } from "../../src/protocol/widgets.ts";
import { accumulateText } from "../../src/widgets/accumulate-text.ts";
import { streamWidget } from "../../src/widgets/stream-widget.ts";

const thread = { id: "thr_1" };
const card = (value: string, streaming?: boolean) =>
  ({ type: "Card", children: [{ type: "Text", id: "t", value, ...(streaming && { streaming }) }] }) as WidgetRoot;
type Typed = { type: string; item?: { id?: string; copy_text?: string }; update?: { type: string } };
const events = async (widget: WidgetRoot | AsyncIterable<WidgetRoot>, copyText?: string) =>
  (await Array.fromAsync(streamWidget(thread, widget, copyText))) as Typed[];

test("a whole widget is one done event with its copy text", async () => {
  const [done, ...more] = await events(card("a"), "copy me");
  expect(done).toMatchObject({
    type: "thread.item.done",
    item: { type: "widget", thread_id: "thr_1", widget: card("a"), copy_text: "copy me" },
  });
  expect(more).toEqual([]);
});

test("all events of a streamed widget carry one id", async () => {
  const stream = (async function* () {
    yield card("a");
    yield card("ab");
  })();
  const [added, updated, done] = await events(stream);
  expect(updated).toMatchObject({ type: "thread.item.updated", item_id: added?.item?.id });
  expect(done?.item?.id).toBe(added?.item?.id as string);
});

test("a generator that changes its widget in place streams each change", async () => {
  const stream = (async function* () {
    const widget = card("") as { children: { value: string }[] } & WidgetRoot;
    for (const value of ["a", "ab", "abc"]) {
      widget.children[0]!.value = value;
      yield widget;
    }
  })();
  expect((await events(stream)).map((event) => event.update?.type ?? event.type)).toEqual([
    "thread.item.added",
    "widget.streaming_text.value_delta",
    "widget.streaming_text.value_delta",
    "thread.item.done",
  ]);
});

test("a stream without a single rendering sends nothing", async () => {
  expect(await events((async function* (): AsyncGenerator<WidgetRoot> {})())).toEqual([]);
});

test("what the generator throws reaches the caller after the events before it", async () => {
  const seen: string[] = [];
  const stream = (async function* () {
    yield card("a");
    throw new Error("no more");
  })();
  const run = (async () => {
    for await (const event of streamWidget(thread, stream)) seen.push(event.type);
  })();
  await expect(run).rejects.toThrow("no more");
  expect(seen).toEqual(["thread.item.added"]);
});

test("leaving early ends the generator", async () => {
  let ended = false;
  const stream = (async function* () {
    try {
      for (;;) yield card("a");
    } finally {
      ended = true;
    }
  })();
  for await (const _ of streamWidget(thread, stream)) break;
  expect(ended).toBe(true);
});

test("accumulated text takes the SDK's deltas and the Responses API's, and nothing else", async () => {
  const run = (async function* () {
    yield { type: "raw_model_stream_event", data: { type: "output_text_delta", delta: "a" } };
    yield { type: "raw_model_stream_event", data: { type: "model", event: { type: "response.output_text.delta", delta: "a" } } };
    yield { type: "run_item_stream_event", name: "tool_called" };
    yield { type: "raw_response_event", data: { type: "response.output_text.delta", delta: "b" } };
    yield { type: "raw_response_event", data: { type: "response.refusal.delta", delta: "c" } };
  })();
  const base = { type: "Markdown" as const, id: "m", value: "", streaming: true };
  expect((await Array.fromAsync(accumulateText(run, base))).map(({ value, streaming }) => [value, streaming])).toEqual([
    ["", true],
    ["a", true],
    ["ab", true],
    ["ab", false],
  ]);
});
