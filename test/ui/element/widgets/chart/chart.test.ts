import { describe, expect, test } from "bun:test";
import { chartData } from "../../../../../src/ui/element/widgets/chart/chart-data.ts";
import { areaPath, linePath } from "../../../../../src/ui/element/widgets/chart/curves.ts";
import { barsOf, everyNth, spansOf, ticksOf } from "../../../../../src/ui/element/widgets/chart/plot.ts";

const CURVES = ["basis", "basisClosed", "basisOpen", "bumpX", "bumpY", "bump", "linear", "linearClosed", "natural", "monotoneX", "monotoneY", "monotone", "step", "stepBefore", "stepAfter"];
const of = (series: object[], data: object[], xAxis: unknown = "x") => chartData({ type: "Chart", series, data, xAxis });

describe("charts", () => {
  test("rows have their labels, series their values, and what is no number is not there", () => {
    const data = of([{ type: "bar", dataKey: "a" }, { type: "line", dataKey: "b", label: "B" }], [{ x: "1", a: 3, b: "4.5" }, { x: "2", a: null, b: "x" }, { x: 3, a: Infinity }], { dataKey: "x", labels: { "1": "One" } });
    expect(data.labels).toEqual(["One", "2", "3"]);
    expect(data.values).toEqual([[3, undefined, undefined], [4.5, undefined, undefined]]);
    expect(data.series.map(({ label }) => label)).toEqual(["a", "B"]);
  });

  test("no key of a row is one of the object's own kind (CWE-1321)", () => {
    expect(of([{ type: "bar", dataKey: "constructor" }], [{ x: "1" }], "toString")).toMatchObject({ labels: [""], values: [[undefined]] });
  });

  test("stacked values stand on each other, those below nothing under each other", () => {
    const data = of([{ type: "bar", dataKey: "a", stack: "s" }, { type: "bar", dataKey: "b", stack: "s" }], [{ x: "1", a: 3, b: 4 }, { x: "2", a: -1, b: -2 }, { x: "3", a: 5, b: -5 }]);
    expect(spansOf(data)).toEqual([[{ from: 0, to: 3 }, { from: 0, to: -1 }, { from: 0, to: 5 }], [{ from: 3, to: 7 }, { from: -1, to: -3 }, { from: 0, to: -5 }]]);
  });

  test("the scale has round numbers around all values", () => {
    const ticks = (...values: number[]) => ticksOf([values.map((to) => ({ from: 0, to }))]);
    expect(ticks(186, 305)).toEqual([0, 100, 200, 300, 400]);
    expect(ticks(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(ticks(-5, 12)).toEqual([-5, 0, 5, 10, 15]);
    expect(ticks()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks(1e12)[1]).toBe(2.5e11);
  });

  test("bars of a row are beside each other, of a stack in one place", () => {
    const data = of([{ type: "bar", dataKey: "a" }, { type: "bar", dataKey: "b", stack: "s" }, { type: "bar", dataKey: "c", stack: "s" }], [{ x: "1", a: 1, b: 1, c: 1 }, { x: "2", a: 1, b: 1, c: 1 }]);
    const bars = barsOf(data.series, spansOf(data), 200, { bar: 4, category: 20 });
    expect(bars.filter(({ row }) => row === 0).map(({ series, x, width }) => [series, x, width])).toEqual([[0, 10, 38], [1, 52, 38], [2, 52, 38]]);
    for (const { x, width } of barsOf(data.series, spansOf(data), 3, { bar: 99, category: 99 })) expect(x >= 0 && width > 0 && x + width <= 3).toBe(true);
  });

  test("every curve draws its points, with gaps, and none is nothing", () => {
    const points = [{ x: 0, from: 10, to: 0 }, { x: 10, from: 10, to: 5 }, undefined, { x: 30, from: 10, to: 2 }, { x: 40, from: 10, to: 4 }, { x: 50, from: 10, to: 3 }];
    for (const curve of [...CURVES, "constructor", undefined]) {
      for (const path of [linePath(points, curve), areaPath(points, curve)]) expect(path, curve).toMatch(/^(M[-\d.,A-Z]*)*$/i);
    }
    expect(linePath(points, "linear")).toBe("M0,0L10,5M30,2L40,4L50,3");
  });

  test("labels are left out where there is no room", () => {
    expect([everyNth(["Jan", "Feb", "Mar"], 400), everyNth(Array.from({ length: 60 }, () => "2026-01-01"), 400)]).toEqual([1, 15]);
  });
});
