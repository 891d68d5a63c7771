/** How long one diff of a widget of 1,000 components takes; the budget is 5 ms. Run it with `bun test/bench/widgets.ts`. */
import type { WidgetRoot } from "../../src/protocol/widgets.ts";
import { diffWidget } from "../../src/widgets/diff-widget.ts";

const COMPONENTS = 1000;
const ROUNDS = 500;

const rendering = (tail: string): WidgetRoot => ({
  type: "Card",
  children: Array.from({ length: COMPONENTS / 10 }, (_, row) => ({
    type: "Row",
    key: `row-${row}`,
    children: Array.from({ length: 9 }, (_, column) => ({
      type: "Text",
      id: `text-${row}-${column}`,
      value: `cell ${row} ${column}${row === 99 && column === 8 ? tail : ""}`,
      color: { light: "gray-900", dark: "gray-50" },
    })),
  })),
});

const [before, after] = [rendering(""), rendering(" and more")];
const times = Array.from({ length: ROUNDS }, () => {
  const start = performance.now();
  if (diffWidget(before, after).length !== 1) throw new Error("one delta expected");
  return performance.now() - start;
}).sort((a, b) => a - b);
console.log(
  `diff of ${COMPONENTS} components: median ${times[ROUNDS / 2]!.toFixed(3)} ms, p99 ${times[Math.floor(ROUNDS * 0.99)]!.toFixed(3)} ms`,
);
