import { objectOf, oneOf } from "./node.ts";
import { colour, LINES } from "./colours.ts";

const STYLES = ["solid", "dashed", "dotted", "double", "groove", "ridge", "inset", "outset"] as const;
const EDGES = { top: "block-start", bottom: "block-end", left: "inline-start", right: "inline-end" } as const;
const AXES = { top: "y", bottom: "y", left: "x", right: "x" } as const;
const THICKEST_PX = 64;

/** A border on all edges, or on some. */
export function borders(value: unknown): Record<string, string | undefined> {
  const given = objectOf(value);
  const each = given && !("size" in given) ? given : undefined;
  const properties: Record<string, string | undefined> = {};
  for (const side of ["top", "bottom", "left", "right"] as const) {
    properties[`border-${EDGES[side]}`] = border(each ? (each[side] ?? each[AXES[side]]) : value);
  }
  return properties;
}

function border(value: unknown): string | undefined {
  const { size = value, style, color } = objectOf(value) ?? {};
  if (typeof size !== "number" || !(size > 0)) return undefined;
  return `${Math.min(size, THICKEST_PX)}px ${oneOf(style, STYLES) ?? "solid"} ${colour(color, LINES) ?? LINES["default"]}`;
}
