import type { ThreadItem } from "../../protocol/items.ts";
import type { OpenTurn } from "../answer/respond.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";

/** After a client tool call or questions come the items of one answer. */
const RECENT_ITEMS = 20;

/**
 * Whether what a person gave is stored, and its answer was stopped before it was complete. It can be given only once, so a page that sends
 * it again got no stream: something between the two had lost it, and for this server the reader had left. Then it has to be answered anew.
 * @param isGiven undefined for items that the question is not about
 */
export async function wasStopped<C extends RequestContext>(
  { store }: Hooks<C>,
  { thread, context }: OpenTurn<C>,
  isGiven: (item: ThreadItem) => boolean | undefined,
): Promise<boolean> {
  const recent = await store.recentItems(thread.id, RECENT_ITEMS, context);
  const at = recent.findLastIndex((item) => isGiven(item) !== undefined);
  if (at < 0 || !isGiven(recent[at]!)) return false;
  const since = recent.slice(at + 1);
  const last = since.at(-1);
  // A note of this kind, which no hook of one's own writes, tells the model that the answer was stopped.
  return (!last || last.type === "sdk_hidden_context") && !since.some(({ type }) => type === "user_message");
}
