/** A component as it came: only its type has been checked. A prop of an unexpected kind counts as absent. */
export type Node = { type: string; [prop: string]: unknown };

export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : undefined;
}

/** In characters: laying out more would block the page. */
const MOST_SHOWN = 50_000;

/** A text to show; of a very long one, the beginning. */
export function shownText(value: unknown): string {
  const text = textOf(value) ?? "";
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

export function countOf(value: unknown, most: number): number | undefined {
  return typeof value === "number" && value >= 1 ? Math.min(Math.floor(value), most) : undefined;
}

export function oneOf<const T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((one) => one === value);
}

export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** The objects in a list; empty if the value is no list. */
export function objectsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(objectOf).filter((one) => one !== undefined) : [];
}

/** The children as a list: that of `Transition` comes alone. */
export function childrenOf(node: Node): Node[] {
  const children = Array.isArray(node["children"]) ? node["children"] : [node["children"]];
  return children.filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof objectOf(value)?.["type"] === "string";
}
