import { describe, expect, test } from "bun:test";
import type { SentEvent } from "../../../../src/protocol/events.ts";
import type { ThreadItem } from "../../../../src/protocol/items.ts";
import type { Thread } from "../../../../src/protocol/thread.ts";
import * as states from "../../../../src/ui/element/thread/state.ts";

const at = { thread_id: "thr", created_at: "2026-01-01T00:00:00.000Z" };
const user = (id: string): ThreadItem => ({ ...at, id, type: "user_message", content: [{ type: "input_text", text: id }], attachments: [], inference_options: {} });
const assistant = (id: string, text = ""): ThreadItem => ({ ...at, id, type: "assistant_message", content: [{ type: "output_text", text, annotations: [] }] });
const thread = (title?: string): Thread => ({ id: "thr", created_at: at.created_at, status: { type: "active" }, metadata: {}, items: { data: [], has_more: false }, title });
const delta = (item_id: string, text: string): SentEvent => ({
  type: "thread.item.updated",
  item_id,
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});
const after = (state: states.ThreadState, ...events: SentEvent[]) => events.reduce(states.reduce, state);
const idsOf = ({ items }: states.ThreadState) => items.map(({ id }) => id);

describe("what is shown of a thread", () => {
  test("a message on its way is shown at once, and gives its place to the one that the server has stored", () => {
    const sending = states.sending(states.EMPTY_STATE, { ...user("local-1"), type: "user_message" } as Extract<ThreadItem, { type: "user_message" }>);
    expect(idsOf(sending)).toEqual(["local-1"]);
    const stored = after(sending, { type: "thread.created", thread: thread() }, { type: "thread.item.done", item: user("msg_1") });
    expect(idsOf(stored)).toEqual(["msg_1"]);
    expect(stored.head?.id).toBe("thr");
  });

  test("text grows while its item is live, and only that item is another object", () => {
    const first = after(states.EMPTY_STATE, { type: "thread.item.done", item: user("u") }, { type: "thread.item.added", item: assistant("a") });
    const grown = after(first, delta("a", "Hel"), delta("a", "lo"));
    expect(grown.live).toEqual(new Set(["a"]));
    expect(grown.items[0]).toBe(first.items[0]!);
    expect(grown.items[1]).toMatchObject({ content: [{ text: "Hello" }] });
    expect(first.items[1]).toMatchObject({ content: [{ text: "" }] });
    expect(after(grown, { type: "thread.item.done", item: assistant("a", "Hello") }).live.size).toBe(0);
  });

  test("an update to an item that is not there, and an event of another time, change nothing", () => {
    const unknown = { type: "thread.item.sparkled" } as unknown as SentEvent;
    expect(after(states.EMPTY_STATE, delta("gone", "x"), unknown)).toBe(states.EMPTY_STATE);
  });

  test("an item is replaced where it stands, and removed from there", () => {
    const both = after(states.EMPTY_STATE, { type: "thread.item.done", item: user("u") }, { type: "thread.item.done", item: assistant("a", "one") });
    const replaced = after(both, { type: "thread.item.replaced", item: user("u") });
    expect(idsOf(replaced)).toEqual(["u", "a"]);
    expect(idsOf(after(replaced, { type: "thread.item.removed", item_id: "u" }))).toEqual(["a"]);
  });

  test("progress is there until something of the answer is", () => {
    const waiting = after(states.EMPTY_STATE, { type: "progress_update", text: "Searching", icon: "search" });
    expect(waiting.progress).toEqual({ text: "Searching", icon: "search" });
    expect(after(waiting, { type: "thread.item.added", item: assistant("a") }).progress).toBeUndefined();
  });

  test("what an earlier request has left is gone when the next begins", () => {
    const left = after(
      states.EMPTY_STATE,
      { type: "notice", level: "info", message: "m" },
      { type: "error", code: "custom", message: "no", allow_retry: true },
      { type: "stream_options", stream_options: { allow_cancel: false } },
    );
    expect(left).toMatchObject({ failure: { message: "no", canRetry: true }, canStop: false, notices: [{ message: "m" }] });
    expect(states.started(left)).toMatchObject({ failure: undefined, notices: [], canStop: true });
  });

  test("how far a picture is, is told by its updates and forgotten at the end", () => {
    const update = { type: "generated_image.updated", image: { id: "i", url: "data:," }, progress: 0.5 } as const;
    const picture: ThreadItem = { ...at, id: "g", type: "generated_image" };
    const half = after(states.EMPTY_STATE, { type: "thread.item.added", item: picture }, { type: "thread.item.updated", item_id: "g", update });
    expect(half.imageProgress.get("g")).toBe(0.5);
    expect(states.ended(half).imageProgress.size).toBe(0);
  });

  test("older items come before the others, each once", () => {
    const state = states.stateOf(thread("T"), { data: [assistant("d"), user("c")], has_more: true, after: "c" });
    expect(idsOf(state)).toEqual(["c", "d"]);
    const whole = states.withOlder(state, { data: [user("c"), assistant("b"), user("a")], has_more: false });
    expect(idsOf(whole)).toEqual(["a", "b", "c", "d"]);
    expect(whole.older).toBeUndefined();
  });

  test("loaded again, the newest take the place of what was there and older ones stay", () => {
    const state = { ...states.EMPTY_STATE, items: [user("a"), user("b"), assistant("c", "half")] };
    const again = states.refreshed(state, thread(), { data: [assistant("d", "new"), assistant("c", "whole"), user("b")], has_more: true, after: "b" });
    expect(idsOf(again)).toEqual(["a", "b", "c", "d"]);
    expect(again.items[2]).toMatchObject({ content: [{ text: "whole" }] });
  });

  test("a retry takes away what came after the message", () => {
    const state = { ...states.EMPTY_STATE, items: [user("a"), assistant("b", "x"), assistant("c", "y")] };
    expect(idsOf(states.cutAfter(state, "a"))).toEqual(["a"]);
    expect(states.cutAfter(state, "gone")).toBe(state);
  });
});
