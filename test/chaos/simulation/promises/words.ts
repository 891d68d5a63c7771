import type { ThreadItem } from "../../../../src/protocol/items.ts";
import type { Facts, RunFacts } from "../facts.ts";

/** What may lose more than the last second of an answer whose process has died. */
const DISTURBANCES = ["store away", "cut off from the store", "lost store answer", "slow store answer", "late timer", "pause", "clock step"];
/** The last second is not promised. The rest is what a word takes from the process to the page. */
const LAST_MS = 1000;

/** What a client has read of an answer is stored, also when somebody stops it; only of a dead process the last second may be missing. */
export function* words(facts: Facts): Generator<string> {
  const { requests, states, deletedAt, faults } = facts;
  const takenBack = new Set(facts.history.of("takes back").map(({ itemId }) => itemId));
  const isCalm = !DISTURBANCES.some((fault) => faults.has(fault));
  for (const { request, emitted, told, process } of requests.values()) {
    const begun = new Map<string, { threadId: string; run: RunFacts | undefined }>();
    for (const { event } of emitted) {
      if (event.type !== "thread.item.added") continue;
      const { id, thread_id: threadId } = event.item;
      // Its own run is the newest when its first event is sent. Later another of the same process may be, if it has lost its own.
      begun.set(id, { threadId, run: facts.runAt(threadId, emitted[0]!.at, process) });
    }
    for (const { event, at } of told) {
      if (event.type !== "thread.item.updated" || event.update.type !== "assistant_message.content_part.text_delta") continue;
      const { item_id } = event;
      const { threadId, run } = begun.get(item_id)!;
      const { goneAt } = facts.lives.get(process)!;
      const isLost = run?.freedBy === "openRun" || run?.freedBy === "recoverRuns";
      if (isLost && !(isCalm && goneAt < Infinity && at < goneAt - LAST_MS)) continue;
      if (deletedAt.has(threadId) || takenBack.has(item_id)) continue;
      if (run && facts.hasFailed(threadId, run.from, run.until)) continue;
      const kept = states.get(item_id)?.findLast(({ item }) => item)?.item;
      if (!kept || !textOf(kept).includes(event.update.delta)) yield `${event.update.delta}of ${item_id}, told to request ${request} at ${at}, is lost`;
    }
  }
}

function textOf(item: ThreadItem): string {
  return item.type === "assistant_message" ? item.content.map(({ text }) => text).join("") : "";
}
