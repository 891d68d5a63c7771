import type { Action } from "../../protocol/actions.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { SDKHiddenContextItem, ThreadItem } from "../../protocol/items.ts";
import { isRecord } from "../../protocol/json/values.ts";
import { now } from "../../protocol/timestamp.ts";
import { generateId } from "../../store/ids.ts";
import type { RunInput } from "../../store/store.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";
import { persist } from "../runs/kept-run.ts";
import { burstsOf, eventsIn, inBursts, type Burst } from "../streams/burst.ts";

/** How far to look back: after a client tool call, questions or a click come the items of one answer. */
export const RECENT_ITEMS = 20;

/**
 * Left in a thread by a click after which its widget is gone, or no longer takes it. When the page sends that click again, since it never
 * saw the answer, this tells that it is no click in something that never was. Without content: the model is told nothing.
 */
type ClickNote = SDKHiddenContextItem & { click: Required<RunInput> };

export function isClickNote(item: ThreadItem): item is ClickNote {
  return item.type === "sdk_hidden_context" && "click" in item;
}

/** The events of a click's hook, and the note as soon as they have used up the widget. */
export function withClickNote<C extends RequestContext>(
  { store }: Hooks<C>,
  threadId: string,
  { action, click, context }: { action: Action; click: Required<RunInput>; context: C },
  events: () => AsyncIterable<ThreadStreamEvent>,
): AsyncIterable<ThreadStreamEvent> {
  const wasOffered = offers(click.sender.widget, action);
  const usesUp = (event: ThreadStreamEvent): boolean => {
    if (event.type === "thread.item.removed") return event.item_id === click.sender.id;
    if (event.type !== "thread.item.replaced" || event.item.id !== click.sender.id || event.item.type !== "widget") return false;
    // A page may also send what its widget never offered, as often as it likes.
    return wasOffered && !offers(event.item.widget, action);
  };
  return inBursts(async function* (): AsyncGenerator<Burst<ThreadStreamEvent>, void> {
    let isNoted = false;
    for await (const burst of burstsOf(events())) {
      yield burst;
      if (isNoted || !eventsIn(burst).some(usesUp)) continue;
      isNoted = true;
      await persist(context, () => leaveNote(store, threadId, click, context));
    }
  });
}

async function leaveNote<C extends RequestContext>(store: Hooks<C>["store"], thread_id: string, click: Required<RunInput>, context: C): Promise<void> {
  // Only the newest click can be one that is sent again. And notes take places among the newest items, of which the model sees so many.
  const old = (await store.recentItems(thread_id, RECENT_ITEMS, context)).filter(isClickNote);
  for (const { id } of old) await store.deleteThreadItem(thread_id, id, context);
  const note: ClickNote = { id: generateId("sdk_hidden_context"), thread_id, created_at: now(), type: "sdk_hidden_context", content: "", click };
  await store.addThreadItem(thread_id, note, context);
}

/** Whether a person can click for that action in the widget. What a form adds to the payload is not looked at. */
export function offers(widget: unknown, action: Action): boolean {
  if (Array.isArray(widget)) return widget.some((part) => offers(part, action));
  if (!isRecord(widget)) return false;
  return Object.entries(widget).some(([name, part]) => (name.endsWith("Action") && isRecord(part) ? isSame(part, action) : offers(part, action)));
}

function isSame(offered: Record<string, unknown>, { type, payload }: Action): boolean {
  if (offered["type"] !== type) return false;
  const given = isRecord(payload) ? payload : {};
  return !isRecord(offered["payload"]) || Object.entries(offered["payload"]).every(([name, value]) => Bun.deepEquals(given[name], value));
}
