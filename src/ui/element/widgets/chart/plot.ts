import type { ChartData, Series } from "./chart-data.ts";

/** Start and end of a value on the axis; a stacked one starts where the one before it ends. */
type Span = { from: number; to: number };
export type Bar = { series: number; row: number; x: number; width: number; from: number; to: number };

/** For each series, the span of each row's value; undefined where the row has none. */
export function spansOf({ series, values, labels }: ChartData): (Span | undefined)[][] {
  const tops = new Map<string, number[]>();
  return series.map((one, index) =>
    labels.map((_, row) => {
      const value = values[index]![row];
      if (value === undefined) return undefined;
      if (one.stack === undefined || one.type === "line") return { from: 0, to: value };
      // Negative values are stacked downwards from zero, apart from the positive ones.
      const key = `${one.type} ${one.stack} ${value < 0 ? "-" : "+"}`;
      const top = tops.get(key) ?? [];
      tops.set(key, top);
      const from = top[row] ?? 0;
      top[row] = from + value;
      return { from, to: from + value };
    }),
  );
}

/** About four round numbers, from below the smallest to above the largest value. */
export function ticksOf(spans: (Span | undefined)[][]): number[] {
  const ends = spans.flat().flatMap((span) => (span ? [span.from, span.to] : []));
  const low = ends.reduce((a, b) => Math.min(a, b), 0);
  const high = ends.reduce((a, b) => Math.max(a, b), 0);
  const step = roundStep((high - low || 1) / 4);
  const first = Math.floor(low / step);
  const last = Math.ceil((high === low ? low + 1 : high) / step);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10);
}

/** Bars of one row stand side by side, those of one stack on top of each other. Widths and gaps in px. */
export function barsOf(series: readonly Series[], spans: (Span | undefined)[][], width: number, gaps: { bar: number; category: number | undefined }): Bar[] {
  const columns = new Map<string, number>();
  const columnOf = series.map((one, index) => {
    if (one.type !== "bar") return -1;
    const key = one.stack === undefined ? `alone ${index}` : `stack ${one.stack}`;
    if (!columns.has(key)) columns.set(key, columns.size);
    return columns.get(key)!;
  });
  const rows = spans[0]?.length ?? 0;
  const band = rows === 0 ? 0 : width / rows;
  const count = Math.max(1, columns.size);
  const room = band - Math.max(0, Math.min(gaps.category ?? band * 0.3, band * 0.8));
  const between = Math.max(0, Math.min(gaps.bar, room / (2 * count)));
  const one = Math.min(64, (room - between * (count - 1)) / count);
  const start = (band - one * count - between * (count - 1)) / 2;
  return spans.flatMap((of, index) =>
    of.flatMap((span, row) => (span && columnOf[index]! >= 0 ? [{ series: index, row, x: row * band + start + columnOf[index]! * (one + between), width: one, ...span }] : [])),
  );
}

/** n, if every n-th label of the x axis has room. */
export function everyNth(labels: readonly string[], width: number): number {
  const longest = labels.reduce((most, label) => Math.max(most, Math.min(label.length, 16)), 1);
  const fitting = Math.max(1, Math.floor(width / (longest * 6.8 + 14)));
  return Math.max(1, Math.ceil(labels.length / fitting));
}
