import type { UserMessageItem } from "../../../../src/protocol/items.ts";
import type { Facts, RequestFacts, RunFacts } from "../facts.ts";

const SENDING = new Set(["threads.create", "threads.add_user_message"]);

/** No message is stored twice and none is swallowed: neither one that is sent again nor one that only says the same. */
export function* messages(facts: Facts): Generator<string> {
  const stored = new Map<string, Set<string>>();
  for (const { changes, process, at } of facts.writes) {
    // A statement that was on its way when its process died may be done at any time.
    if (at > facts.lives.get(process)!.goneAt) continue;
    for (const { added } of changes) for (const item of added) if (item.type === "user_message") add(stored, textOf(item), item.id);
  }
  const sent = [...facts.requests.values()].filter(({ wish }) => SENDING.has(wish.operation));
  for (const [text, requests] of Map.groupBy(sent, ({ wish }) => textOf(wish.params["input"] as UserMessageItem))) {
    const wishes = Map.groupBy(requests, ({ wish }) => wish.wish);
    const ids = stored.get(text)?.size ?? 0;
    const late = requests.filter((one) => wasTooLate(facts, one, requests));
    if (ids > wishes.size + requests.filter(hasMissed).length + late.length) yield `${text} was wished ${wishes.size} times and stored ${ids} times`;
    const told = [...wishes.values()].map((tries) => ({ tries, ids: new Set(tries.filter((one) => !hasMissed(one) && !late.includes(one)).flatMap(toldIds)) }));
    for (const { tries, ids } of told) if (ids.size > 1) yield `wish ${tries[0]!.wish.wish} was told of two messages: ${[...ids].join(", ")}`;
    for (const [i, one] of told.entries()) {
      for (const other of told.slice(i + 1)) {
        const [shared] = one.ids.intersection(other.ids);
        if (shared === undefined || mayShare(facts, one.tries, other.tries, shared)) continue;
        yield `wishes ${one.tries[0]!.wish.wish} and ${other.tries[0]!.wish.wish} share the message ${shared}: one was swallowed`;
      }
    }
    for (const request of requests) if (wasSwallowed(facts, request)) yield `request ${request.request} ended without a message and without an error`;
  }
}

/** The head had left when the proxy gave up. Nobody can tell what follows from a stop and a second message with the same text. */
function hasMissed({ begunAt, failed }: RequestFacts): boolean {
  return begunAt !== undefined && failed === "504";
}

/**
 * Sent again after the process of the first one had died, when that run had been closed before it was looked for: by others, or by its own
 * process, which died before the connection had carried the end of the answer. A note is left only where an answer was cut off; of one that
 * was closed whole nobody can tell whether its reader has it, and a second message is better than none.
 */
function wasTooLate({ runs }: Facts, { emitted: [first], sentAt }: RequestFacts, requests: RequestFacts[]): boolean {
  const beginners = (run: RunFacts) => requests.filter((one) => one.process === run.process && one.sentAt < sentAt && (one.takenAt ?? Infinity) <= run.from);
  const isLost = ({ begunAt, failed }: RequestFacts) => begunAt !== undefined && failed === "reset";
  return runs.some((run) => {
    if (run.until > (first?.at ?? Infinity) || run.from >= sentAt) return false;
    return (run.freedBy === "recoverRuns" && beginners(run).length > 0) || (run.freedBy === "closeRun" && beginners(run).some(isLost));
  });
}

function toldIds({ emitted }: RequestFacts): string[] {
  return emitted.flatMap(({ event }) => (event.type === "thread.item.done" && event.item.type === "user_message" ? [event.item.id] : []));
}

/**
 * When the second was sent before the head of the first had left, or the process of the first left its run open: then it was sent again.
 * And when the first goes on although its reader was told that the store is away: who asks again reads that answer.
 */
function mayShare({ runs, states }: Facts, first: RequestFacts[], second: RequestFacts[], messageId: string): boolean {
  const run = runs.find(({ run }) => run === states.get(messageId)![0]!.write.run);
  if (run?.freedBy !== "closeRun" && run?.freedBy !== "cutOffRun") return true;
  const isAgain = (one: RequestFacts, again: RequestFacts) =>
    again.sentAt >= one.sentAt && (again.sentAt <= (one.begunAt ?? Infinity) || (again.sentAt <= run.until && wasGivenUp(one)));
  return first.some((one) => second.some((other) => isAgain(one, other) || isAgain(other, one)));
}

function wasGivenUp({ told }: RequestFacts): boolean {
  return told.some(({ event }) => event.type === "error" && event.allow_retry);
}

function wasSwallowed({ deletedAt }: Facts, request: RequestFacts): boolean {
  const { told, ended, wish } = request;
  if (ended?.how !== "end" || toldIds(request).length > 0 || told.some(({ event }) => event.type === "error")) return false;
  return !deletedAt.has(wish.params["thread_id"] as string);
}

function textOf({ content }: Pick<UserMessageItem, "content">): string {
  return content.map((part) => part.text).join("");
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}
