import type { AssistantMessageItem, ThreadItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { now } from "../protocol/timestamp.ts";
import type { Store } from "../store/store.ts";

/** What the model is told of an answer that its reader stopped. */
const CANCELLED = "The user stopped the answer above before it was complete. Do not continue it unless the user asks for it.";
/** What the model is told of an answer that this server had to end. */
const CUT_OFF = "The answer above was cut off by a restart of the server, not by the user.";

/** Keeps what the person has read of an answer the client left: non-blank text, then a hidden note. Other items are dropped. */
export function storeCancelled<C>(store: Store<C>, thread: ThreadMetadata, pending: ThreadItem[], context: C): Promise<void> {
  return storePartial(store, thread, pending, CANCELLED, context);
}

/** The same for an answer that the server itself ended. */
export function storeCutOff<C>(store: Store<C>, thread: ThreadMetadata, pending: ThreadItem[], context: C): Promise<void> {
  return storePartial(store, thread, pending, CUT_OFF, context);
}

async function storePartial<C>(store: Store<C>, thread: ThreadMetadata, pending: ThreadItem[], note: string, context: C): Promise<void> {
  for (const item of pending) if (hasText(item)) await store.addThreadItem(thread.id, item, context);
  const id = store.generateItemId("sdk_hidden_context", thread, context);
  await store.addThreadItem(thread.id, { id, thread_id: thread.id, created_at: now(), type: "sdk_hidden_context", content: note }, context);
}

/** An assistant message with something to read in it. */
function hasText(item: ThreadItem): item is AssistantMessageItem {
  return item.type === "assistant_message" && item.content.some((part) => part.text.trim() !== "");
}
