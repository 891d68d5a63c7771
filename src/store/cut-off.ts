import type { SDKHiddenContextItem, ThreadItem } from "../protocol/items.ts";
import { generateId } from "./ids.ts";
import type { RunInput } from "./store.ts";

/** What is left of an answer whose process has died. */
type LeftBehind = {
  /** Its unfinished items, from its last checkpoint. */
  pending: ThreadItem[];
  /** The ids of those that were finished and stored after that checkpoint. */
  stored: ReadonlySet<string>;
  /** The newest visible item, if it was stored after the last checkpoint. */
  last: Pick<ThreadItem, "type"> | undefined;
  input: RunInput | undefined;
};

const CUT_OFF = "An answer was cut off here: the server stopped while it was being written.";

/** Tells the model that the answer ends here. While it is the newest item, it also tells this server what is still unanswered. */
type CutOffNote = SDKHiddenContextItem & { unanswered?: RunInput };

/**
 * Whether an unfinished item is kept: only assistant messages with something to read are. A half-finished widget or workflow would
 * look as if it went on for ever.
 */
export function isKeptWhenCutOff(item: ThreadItem): boolean {
  return item.type === "assistant_message" && item.content.some((part) => part.text.trim() !== "");
}

/** What a checkpoint stores of an unfinished item: of one that would be dropped only that it was begun, however large it has become. */
export function checkpointed(item: ThreadItem): ThreadItem {
  if (item.type === "assistant_message") return item;
  const { id, type, thread_id, created_at } = item;
  return { id, type, thread_id, created_at } as ThreadItem;
}

/**
 * The items to store for an answer that was cut off: its partial messages and a note. None when the answer was complete and only its
 * run was not closed. That is so when an item was stored after the last checkpoint and nothing was begun since: the keeper makes no
 * checkpoint shortly after an item, and one later means that more was to come.
 */
export function cutOffItems(threadId: string, { pending, stored, last, input }: LeftBehind): ThreadItem[] {
  const begun = pending.filter(({ id }) => !stored.has(id));
  if (begun.length === 0 && last && endsAnswers(last)) return [];
  const note: CutOffNote = {
    id: generateId("sdk_hidden_context"),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    type: "sdk_hidden_context",
    content: CUT_OFF,
    ...(input && { unanswered: input }),
  };
  return [...begun.filter(isKeptWhenCutOff), note];
}

export function isCutOffNote(item: ThreadItem): boolean {
  return item.type === "sdk_hidden_context" && item.content === CUT_OFF;
}

/** What is still unanswered, by the newest item of a thread; undefined when nothing is. */
export function unansweredBy(newest: ThreadItem | undefined): RunInput | undefined {
  return newest?.type === "sdk_hidden_context" ? (newest as CutOffNote).unanswered : undefined;
}

/** Whether an answer may end with such an item. A workflow shows the steps before an answer, so something has to follow it. */
export function endsAnswers({ type }: Pick<ThreadItem, "type">): boolean {
  return type !== "user_message" && type !== "workflow";
}
