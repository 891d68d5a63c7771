import { colour, objectOf, objectsOf, oneOf, SERIES, textOf, type Node } from "../values/index.ts";

const MOST_ROWS = 1000;
const MOST_SERIES = 16;

export type Series = { type: "bar" | "line" | "area"; label: string; key: string; stack: string | undefined; curve: string | undefined; colour: string };
/** The data of a chart: a label for each row and, for each series, a value for each row that has one. */
export type ChartData = { labels: string[]; series: Series[]; values: (number | undefined)[][] };

export function chartData(node: Node): ChartData {
  const rows = objectsOf(node["data"]).slice(0, MOST_ROWS);
  const axis = objectOf(node["xAxis"]);
  const key = textOf(node["xAxis"]) ?? textOf(axis?.["dataKey"]) ?? "";
  const names = objectOf(axis?.["labels"]) ?? {};
  const labels = rows.map((row) => {
    const given = own(row, key);
    const text = textOf(given) ?? "";
    return textOf(own(names, text)) ?? text;
  });
  const series = objectsOf(node["series"]).slice(0, MOST_SERIES).map(seriesOf);
  return { labels, series, values: series.map((one) => rows.map((row) => numberOf(own(row, one.key)))) };
}

function seriesOf(given: Record<string, unknown>, index: number): Series {
  const palette = Object.values(SERIES);
  const key = textOf(given["dataKey"]) ?? "";
  return {
    type: oneOf(given["type"], ["bar", "line", "area"]) ?? "bar",
    label: textOf(given["label"]) ?? key,
    key,
    stack: textOf(given["stack"]),
    curve: textOf(given["curveType"]),
    colour: colour(given["color"], SERIES) ?? palette[index % palette.length]!,
  };
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
