import { bodyOf } from "../connection.ts";
import type { Facts, RequestFacts, RunFacts } from "../facts.ts";

const INPUTS = new Set(["threads.add_client_tool_output", "threads.add_structured_input", "threads.custom_action"]);

/** An input whose answer did not reach the page is answered when it is sent again, as long as the thread has not gone on. */
export function* inputs(facts: Facts): Generator<string> {
  const sent = [...facts.requests.values()].filter(({ wish, takenAt }) => INPUTS.has(wish.operation) && takenAt !== undefined);
  for (const tries of Map.groupBy(sent, ({ wish }) => wish.wish).values()) {
    const last = tries.at(-1)!;
    const refusal = last.emitted.find(({ event }) => event.type === "error" && !event.allow_retry);
    const runs = tries.slice(0, -1).flatMap((request) => runOf(facts, request) ?? []);
    if (!refusal || !runs.some((run) => hasBegun(facts, run)) || hasGoneOn(facts, runs, last)) continue;
    yield `${last.wish.operation} was refused when it was sent again as request ${last.request}: ${JSON.stringify(refusal.event)}`;
  }
}

/** The run that was opened for that request. */
function runOf({ runs }: Facts, { wish, process, takenAt, finished }: RequestFacts): RunFacts | undefined {
  const input = new Bun.CryptoHasher("sha256").update(bodyOf(wish)).digest("base64");
  const until = finished?.at ?? Infinity;
  return runs.find((run) => run.input === input && run.process === process && run.from >= takenAt! && run.from <= until);
}

function hasBegun({ writes }: Facts, { run }: RunFacts): boolean {
  return writes.some((write) => write.run === run && write.method !== "openRun" && write.changes.length > 0);
}

/** Whether the hook has failed, somebody else got an answer on that thread, or it was deleted. */
function hasGoneOn(facts: Facts, tries: RunFacts[], last: RequestFacts): boolean {
  const { threadId, from } = tries[0]!;
  const until = last.emitted.at(-1)!.at;
  const others = facts.runs.filter((run) => run.threadId === threadId && run.from >= from && run.from <= until && !tries.includes(run));
  // The run of the last try itself is one of the others.
  return others.length > 1 || facts.hasFailed(threadId, from, until) || facts.deletedAt.has(threadId);
}
