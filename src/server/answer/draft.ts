import { streamEvent, type SentEvent, type ThreadStreamEvent } from "../../protocol/events.ts";
import { threadItem, type ThreadItem, type ThreadItemDraft } from "../../protocol/items.ts";
import { describe } from "../../protocol/parse.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { now } from "../../protocol/timestamp.ts";
import { threadItemUpdate, type ThreadItemUpdate, type ThreadItemUpdateInput } from "../../protocol/updates.ts";
import type { Store, StoreItemType } from "../../store/store.ts";

/**
 * Completes and checks what a hook yields. The schema of an item or update runs once and makes a copy, so that what a hook changes on
 * its objects afterwards reaches neither the store nor the client.
 */

/** The item with id, thread and date filled in. @throws TypeError that names the field when the item does not fit the protocol */
export function completeItem<C>(draft: ThreadItemDraft, thread: ThreadMetadata, store: Store<C>, context: C): ThreadItem {
  const id = draft.id ?? store.generateItemId(idType(draft.type), thread, context);
  return checked(threadItem, { ...draft, id, thread_id: thread.id, created_at: draft.created_at ?? now() }, `item ${draft.type}`);
}

/** The SDK names the id prefix of a client tool call differently from its item type. */
function idType(type: ThreadItem["type"]): StoreItemType {
  return type === "client_tool_call" ? "tool_call" : type;
}

/** Deltas are passed on unchecked: there are thousands of them, and each holds only two strings and two numbers. */
export function completeUpdate(update: ThreadItemUpdateInput): ThreadItemUpdate {
  if (update.type === "assistant_message.content_part.text_delta" || update.type === "widget.streaming_text.value_delta") return update;
  return checked(threadItemUpdate, update, `update ${update.type}`);
}

/** An event without an item, with its defaults filled in. */
export function completeEvent(event: ThreadStreamEvent): SentEvent {
  return checked(streamEvent, event, `event ${event.type}`);
}

type Check<T> = { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Parameters<typeof describe>[0] } };

function checked<T>(schema: Check<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new TypeError(`A hook yielded an ${what} that does not fit the protocol: ${describe(result.error)}`);
  return result.data;
}
