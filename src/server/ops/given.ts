import { isHidden, type ThreadItem } from "../../protocol/items.ts";
import { endsAnswers, unansweredBy } from "../../store/cut-off.ts";
import type { RunInput } from "../../store/store.ts";
import type { OpenTurn } from "../answer/respond.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";
import { isClickNote, RECENT_ITEMS } from "./click-note.ts";

/**
 * The input, if it is the newest thing in the thread and the process that answered it has died: then it is already stored and only has
 * to be answered.
 */
export async function unanswered<C extends RequestContext>({ store }: Hooks<C>, { thread, context }: OpenTurn<C>, { hash }: RunInput): Promise<RunInput | undefined> {
  const [newest] = await store.recentItems(thread.id, 1, context);
  const left = unansweredBy(newest);
  if (left?.hash !== hash) return undefined;
  if (left.sender) return left;
  // It may have died as soon as it had taken the thread over from another one that had died of that input: that one has left the widget.
  const recent = (await store.recentItems(thread.id, RECENT_ITEMS, context)).map(unansweredBy);
  const ofInput = recent.slice(recent.findLastIndex((one) => one?.hash !== hash) + 1);
  return ofInput.findLast((one) => one?.sender) ?? left;
}

/**
 * What became of what a person gave, if it is stored already. It can be given only once, so a page that sends it again never saw its
 * answer: something between the two has lost that. `stopped`: the answer is not complete, since for this server the reader had left.
 * @param isGiven undefined for items that the question is not about
 */
export async function outcomeOf<C extends RequestContext>(
  { store }: Hooks<C>,
  { thread, context }: OpenTurn<C>,
  isGiven: (item: ThreadItem) => boolean | undefined,
): Promise<{ item: ThreadItem; outcome: "stopped" | "answered" } | undefined> {
  const recent = await store.recentItems(thread.id, RECENT_ITEMS, context);
  const at = recent.findLastIndex((item) => isGiven(item) !== undefined);
  const item = recent[at];
  if (!item || !isGiven(item)) return undefined;
  const since = recent.slice(at + 1).filter((one) => !isClickNote(one));
  // The person has moved on.
  if (since.some(({ type }) => type === "user_message")) return undefined;
  const last = since.at(-1);
  // A note of the library's, which no hook of one's own writes, tells the model that the answer was stopped.
  const isWhole = last ? last.type !== "sdk_hidden_context" && (isHidden(last) || endsAnswers(last)) : isClickNote(item);
  return { item, outcome: isWhole ? "answered" : "stopped" };
}
