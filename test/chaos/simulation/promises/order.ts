import type { ThreadItem } from "../../../../src/protocol/items.ts";
import type { Facts } from "../facts.ts";

/** The order of the items is the same in all reads: that in which they were stored. */
export function* order({ requests, writes }: Facts): Generator<string> {
  const position = new Map<string, number>();
  for (const { changes } of writes) for (const { added } of changes) for (const { id } of added) position.set(id, position.size);
  for (const { request, wish, answer } of requests.values()) {
    const json = answer?.json as { data?: ThreadItem[]; items?: { data: ThreadItem[] } } | undefined;
    const items = wish.operation === "items.list" ? json?.data : wish.operation === "threads.get_by_id" ? json?.items?.data : undefined;
    if (!items) continue;
    const found = items.map(({ id }) => position.get(id) ?? -1);
    if (wish.operation === "items.list" && wish.params["order"] === "desc") found.reverse();
    if (found.some((at, i) => at < 0 || (i > 0 && at <= found[i - 1]!))) yield `request ${request} read in another order: ${items.map(({ id }) => id).join(", ")}`;
  }
}
