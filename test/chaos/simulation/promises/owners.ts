import type { Facts, Write } from "../facts.ts";

/** Writes that no run does. */
const BY_NO_RUN = new Set(["recoverRuns", "deleteThread"]);

/** One run at a time writes to a thread: the one that holds it, and none before it any more. */
export function* owners(facts: Facts): Generator<string> {
  const titles = new Set(facts.to("threads.update").map(({ wish }) => wish.params["title"]));
  for (const write of facts.writes) {
    if (write.isRefused) continue;
    const { method, run, threadId, holder, process, at } = write;
    const what = `${method} by ${process} at ${at}`;
    if (method === "openRun" && holder !== undefined && holder !== run) yield `${what} took ${threadId} from ${holder}, whose lease had not run out`;
    if (BY_NO_RUN.has(method) || method === "openRun" || method === "closeRun") continue;
    if (run === undefined) {
      if (write.changes.length > 0 && !isByPerson(write, titles)) yield `${what} wrote to ${threadId} without its run: ${JSON.stringify(write.changes)}`;
    } else if (method !== "cutOffRun" || write.changes.length > 0) {
      const held = facts.runs.find((one) => one.run === run);
      if (!held || held.from > at || held.until < at) yield `${what} wrote to ${threadId} for ${run}, which did not hold it any more: ${JSON.stringify(write.changes)}`;
    }
  }
}

/** A rename, or a click that is answered at once. */
function isByPerson({ method, changes }: Write, titles: ReadonlySet<unknown>): boolean {
  if (method === "updateThread") return changes.every(({ thread }) => titles.has(thread?.title));
  return method === "saveItem" && changes.every(({ added, changed }) => added.length === 0 && changed.every(({ type }) => type === "widget"));
}
