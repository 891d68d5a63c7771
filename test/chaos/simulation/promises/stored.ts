import { wireItem } from "../../../../src/protocol/serialize.ts";
import type { Facts } from "../facts.ts";

/** What may remove an item that was told as done. */
const REMOVALS = new Set(["deleteThreadItem", "deleteItemsAfter", "deleteThread", "completeClientToolCall"]);

/** What a client was told is done was stored before, byte-equal, and stays until somebody removes it. */
export function* stored({ requests, states }: Facts): Generator<string> {
  for (const { request, emitted } of requests.values()) {
    for (const { event, at } of emitted) {
      if (event.type !== "thread.item.done") continue;
      const told = JSON.stringify(event.item);
      const known = states.get(event.item.id) ?? [];
      // Who joins a running answer is told of it as that answer has left it, without what others have clicked since.
      if (known.some(({ write }) => write.method === "saveItem" && write.run === undefined)) continue;
      if (!known.some((state) => state.at <= at && state.item && JSON.stringify(wireItem(state.item)) === told)) {
        yield `request ${request} was told at ${at} that ${event.item.id} is done, which was not stored so: ${told}`;
      }
    }
  }
  for (const [id, known] of states) {
    for (const { item, at, write } of known) {
      if (!item && !REMOVALS.has(write.method)) yield `${write.method} removed ${id} at ${at}`;
    }
  }
}
