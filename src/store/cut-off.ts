import type { SDKHiddenContextItem, ThreadItem } from "../protocol/items.ts";
import { generateId } from "./ids.ts";

/**
 * What outlives an answer that was not finished: assistant messages with something to read. A half widget or workflow would
 * never move again.
 */
export function isKeptWhenCutOff(item: ThreadItem): boolean {
  return item.type === "assistant_message" && item.content.some((part) => part.text.trim() !== "");
}

/** The items that a run leaves when its process has died: its partial messages, and a note to the model that there is no more. */
export function cutOffItems(threadId: string, pending: ThreadItem[]): ThreadItem[] {
  const note: SDKHiddenContextItem = {
    id: generateId("sdk_hidden_context"),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    type: "sdk_hidden_context",
    content: "The answer before this note was cut off: the server stopped while it was being written.",
  };
  return [...pending.filter(isKeptWhenCutOff), note];
}
