import { oneOf, type Node } from "./node.ts";
import { background } from "./colours.ts";
import { borders } from "./borders.ts";
import { flex, length, radius, ratio, sides, space } from "./lengths.ts";

export type Properties = Record<string, string | undefined>;

const ALIGNMENTS = { start: "flex-start", center: "center", end: "flex-end", baseline: "baseline", stretch: "stretch" } as const;
const JUSTIFICATIONS = { ...ALIGNMENTS, between: "space-between", around: "space-around", evenly: "space-evenly" } as const;

/** The size of a block and the space around it (BlockProps). */
export function blockProperties(node: Node): Properties {
  return {
    height: length(node["height"] ?? node["size"]),
    width: length(node["width"] ?? node["size"]),
    "min-height": length(node["minHeight"] ?? node["minSize"]),
    "min-width": length(node["minWidth"] ?? node["minSize"]),
    "max-height": length(node["maxHeight"] ?? node["maxSize"]),
    "max-width": length(node["maxWidth"] ?? node["maxSize"]),
    "aspect-ratio": ratio(node["aspectRatio"]),
    "border-radius": radius(node["radius"]),
    flex: flex(node["flex"]),
    ...sides("margin", node["margin"]),
  };
}

/** A block with children (BoxBaseProps). */
export function boxProperties(node: Node): Properties {
  return {
    ...blockProperties(node),
    ...flowProperties(node),
    "flex-wrap": oneOf(node["wrap"], ["nowrap", "wrap", "wrap-reverse"]),
    ...borders(node["border"]),
    ...background(node["background"]),
  };
}

/** How the children are laid out. */
export function flowProperties(node: Node): Properties {
  return {
    "align-items": named(ALIGNMENTS, node["align"]),
    "justify-content": named(JUSTIFICATIONS, node["justify"]),
    gap: space(node["gap"]),
    ...sides("padding", node["padding"]),
  };
}

function named(names: Record<string, string>, value: unknown): string | undefined {
  return typeof value === "string" && Object.hasOwn(names, value) ? names[value] : undefined;
}
