import { expect, test } from "bun:test";
import type { WidgetRoot } from "../../src/protocol/widgets.ts";
import { diffWidget } from "../../src/widgets/diff-widget.ts";

const card = (...children: object[]) => ({ type: "Card", children }) as WidgetRoot;
const text = (value: string, props: object = {}) => ({ type: "Text", id: "t", value, ...props });

test("text that grows under a list of children is sent as a delta, at any depth", () => {
  const deep = (value: string) => card({ type: "Col", children: [{ type: "Row", children: [text(value, { streaming: true })] }] });
  expect(diffWidget(deep("a"), deep("ab"))).toEqual([
    { type: "widget.streaming_text.value_delta", component_id: "t", delta: "b", done: false },
  ]);
});

test("a component that grows beside one that changes otherwise replaces the root, without a delta", () => {
  const after = card(text("ab"), { type: "Badge", label: "new" });
  expect(diffWidget(card(text("a"), { type: "Badge", label: "old" }), after)).toEqual([{ type: "widget.root.updated", widget: after }]);
});

test("text that shrinks, an empty id, and a prop that goes away replace the root", () => {
  for (const [before, after] of [
    [card(text("ab")), card(text("a"))],
    [card(text("a", { id: "" })), card(text("ab", { id: "" }))],
    [card(text("a", { streaming: true })), card(text("a"))],
    [card(text("a")), card()],
  ] as const) {
    expect(diffWidget(before, after)).toEqual([{ type: "widget.root.updated", widget: after }]);
  }
});

test("a prop that is null is a prop that is absent", () => {
  expect(diffWidget(card(text("a", { color: null })), card(text("a")))).toEqual([]);
  expect(diffWidget(card(text("a")), card(text("a", { size: null })))).toEqual([]);
});

test("a list and an object with the same keys are not equal", () => {
  const chart = (data: unknown) => card({ type: "Chart", data });
  expect(diffWidget(chart(["a"]), chart({ 0: "a" }))).toHaveLength(1);
  expect(diffWidget(chart({ 0: "a" }), chart(["a"]))).toHaveLength(1);
});

test("false is not null and 1 is not the text 1", () => {
  expect(diffWidget(card(text("a", { streaming: false })), card(text("a")))).toHaveLength(1);
  expect(diffWidget(card(text("a", { maxLines: 1 })), card(text("a", { maxLines: "1" })))).toHaveLength(1);
});
