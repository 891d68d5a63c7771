import type { ThreadItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { now } from "../../protocol/timestamp.ts";
import { isKeptWhenCutOff } from "../../store/cut-off.ts";
import type { Store } from "../../store/store.ts";

/** What the model is told about an answer that its reader stopped. */
const CANCELLED = "The user stopped the answer above before it was complete. Do not continue it unless the user asks for it.";

/**
 * Stores what the person has read of an answer that was stopped, then a hidden note for the model. Only text that is not blank is kept,
 * other items are dropped.
 */
export async function storeCancelled<C>(store: Store<C>, thread: ThreadMetadata, pending: ThreadItem[], context: C): Promise<void> {
  const id = store.generateItemId("sdk_hidden_context", thread, context);
  const note = { id, thread_id: thread.id, created_at: now(), type: "sdk_hidden_context" as const, content: CANCELLED };
  for (const item of [...pending.filter(isKeptWhenCutOff), note]) await store.addThreadItem(thread.id, item, context);
}
