import { itemNotFound, NotFoundError } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { WidgetItem } from "../../protocol/items.ts";
import type { ParamsOf } from "../../protocol/requests.ts";
import type { OpenTurn } from "../answer/respond.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";
import { isClickNote, offers, RECENT_ITEMS } from "./click-note.ts";
import { outcomeOf, unanswered } from "./given.ts";

/** The widget an action came from, if it names one. @throws NotFoundError */
export async function senderOf<C extends RequestContext>(
  server: Hooks<C>,
  threadId: string,
  itemId: string | undefined,
  context: C,
): Promise<WidgetItem | null | "not a widget"> {
  if (itemId === undefined || itemId === "") return null;
  const item = await server.store.loadItem(threadId, itemId, context);
  if (item.type === "hidden_context_item" || item.type === "sdk_hidden_context") throw new NotFoundError("item", itemId);
  return item.type === "widget" ? item : "not a widget";
}

/**
 * A click that removed its widget and whose answer is stored whole: from where to show it again, and that the widget is gone. `without`: calls that the page
 * had before the click, and would do again.
 */
type Answered = { after: string; shows: SentEvent; without: ReadonlySet<string> };

/**
 * The widget that was clicked. It is read when the run is open: until then the answer before may write to it, and what this one writes
 * would undo that. A click that was not answered to its end gets the widget as it was then. @throws NotFoundError
 */
export async function clickedWidget<C extends RequestContext>(
  server: Hooks<C>,
  turn: OpenTurn<C>,
  { item_id, action }: ParamsOf<"threads.custom_action">,
  hash: string,
): Promise<WidgetItem | null | "not a widget" | Answered> {
  const died = await unanswered(server, turn, { hash });
  if (died?.sender) return died.sender;
  const stored = await senderOf(server, turn.thread.id, item_id, turn.context).catch(itemNotFound);
  const takesIt = stored === null || stored === "not a widget" || (stored && offers(stored.widget, action));
  if (takesIt) return stored;
  const noted = await outcomeOf(server, turn, (item) => (isClickNote(item) ? item.click.hash === hash : undefined));
  if (noted?.outcome === "stopped" && isClickNote(noted.item)) return noted.item.click.sender;
  // Another click, perhaps from a page that still shows the widget as it was: its hook decides, as with OpenAI's Python server.
  if (stored) return stored;
  if (noted) return { ...(await shownFrom(server, turn, noted.item.id)), shows: { type: "thread.item.removed", item_id: item_id! } };
  throw new NotFoundError("item", item_id!);
}

/** From the newest message on: a hook may have said something before it used up the widget. */
async function shownFrom<C extends RequestContext>({ store }: Hooks<C>, { thread, context }: OpenTurn<C>, noteId: string): Promise<Omit<Answered, "shows">> {
  const recent = await store.recentItems(thread.id, RECENT_ITEMS, context);
  const before = recent.slice(0, recent.findIndex(({ id }) => id === noteId));
  const calls = before.filter((item) => item.type === "client_tool_call" && item.status === "pending");
  return { after: before.findLast(({ type }) => type === "user_message")?.id ?? noteId, without: new Set(calls.map(({ id }) => id)) };
}
