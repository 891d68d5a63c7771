import { repeat } from "lit/directives/repeat.js";
import type { Scope } from "./scope.ts";
import { childrenOf, textOf, type Node } from "./values/index.ts";

/** The children. Each keeps its state as long as its key stays, or its id, or (if it has neither) its position. */
export function children(node: Node, scope: Scope, axis: Scope["axis"] = "col", inside: readonly Node[] = childrenOf(node)): unknown {
  const seen = new Set<string>();
  const keys = inside.map((child, index) => {
    const own = textOf(child["key"]) ?? textOf(child["id"]);
    const key = own === undefined || seen.has(own) ? `#${index}` : own;
    seen.add(key);
    return key;
  });
  return repeat(
    inside,
    (_, index) => keys[index],
    (child, index) => scope.show(child, { ...scope, axis, depth: scope.depth + 1, path: `${scope.path}/${keys[index]}` }),
  );
}
