import { colour, countOf, oneOf, TEXT_COLOURS, type Node, type Properties } from "./values/index.ts";

export const MOST_LINES = 200;
const WEIGHTS = ["normal", "medium", "semibold", "bold"] as const;

/** The classes of a text's size and weight, and of how it is cut off. */
export function textClasses(node: Node, size: string): string {
  const weight = oneOf(node["weight"], WEIGHTS);
  const lines = countOf(node["maxLines"], MOST_LINES);
  return `size-${size}${weight ? ` weight-${weight}` : ""}${lines ? " clamped" : node["truncate"] === true ? " cut" : ""}`;
}

export function textProperties(node: Node): Properties {
  const lines = countOf(node["maxLines"], MOST_LINES);
  return {
    color: colour(node["color"], TEXT_COLOURS),
    "text-align": oneOf(node["textAlign"], ["start", "center", "end"]),
    "-webkit-line-clamp": lines ? String(lines) : undefined,
  };
}
