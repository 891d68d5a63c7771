import type { SentEvent } from "../../../../src/protocol/events.ts";
import type { Facts } from "../facts.ts";

/** What may hold words back until long after they were said. */
const HOLDING_BACK = ["pause", "late timer", "slow reader"];
/** What is said just before the grace period ends may come a little later. */
const LAST_WORDS_MS = 500;

/** Every stream ends by its own end or with an error, unless its process is killed, and soon after the grace period of one that must end. */
export function* streams({ requests, lives, endsAt, faults, graceMs }: Facts): Generator<string> {
  const isPrompt = !HOLDING_BACK.some((fault) => faults.has(fault));
  for (const { request, process, takenAt, finished, ended, told, emitted } of requests.values()) {
    const life = lives.get(process)!;
    const late = emitted.find(({ event, at }) => isText(event) && at > life.toldToEndAt + graceMs + LAST_WORDS_MS);
    if (isPrompt && late) yield `request ${request} was still being answered at ${late.at}, long after ${process} was told to end`;
    if (takenAt !== undefined && !finished && life.goneAt > endsAt) yield `request ${request} is still open at the end`;
    if (ended?.how === "cut" && life.how === "exits" && !told.some(({ event }) => event.type === "error")) {
      yield `request ${request} was cut without an error when ${process} was told to end`;
    }
  }
}

/** Text of a message, which waits for no write. */
function isText(event: SentEvent): boolean {
  return event.type === "thread.item.updated" && event.update.type === "assistant_message.content_part.text_delta";
}
