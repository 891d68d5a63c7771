import type { SDKHiddenContextItem, ThreadItem } from "../protocol/items.ts";
import { generateId } from "./ids.ts";
import type { RunInput } from "./store.ts";

/** What a run leaves whose process has died. */
type LeftBehind = {
  /** Its unfinished items, as last put on record. */
  pending: ThreadItem[];
  /** Those of them that were finished after that. */
  stored: ReadonlySet<string>;
  /** The newest item that a person sees, where the run has stored it since its last checkpoint. */
  last: Pick<ThreadItem, "type"> | undefined;
  input: RunInput | undefined;
};

/** Tells the model that there is no more; and, while it is the newest item, the server what was not answered. */
type CutOffNote = SDKHiddenContextItem & { unanswered?: RunInput };

/**
 * What outlives an answer that was not finished: assistant messages with something to read. A half widget or workflow would
 * never move again.
 */
export function isKeptWhenCutOff(item: ThreadItem): boolean {
  return item.type === "assistant_message" && item.content.some((part) => part.text.trim() !== "");
}

/**
 * The items to store for it: its partial messages and a note. Nothing when the answer was whole and only its end was missing: after
 * its last item a run ends soon, so that a checkpoint that comes later says that there was more to come.
 */
export function cutOffItems(threadId: string, { pending, stored, last, input }: LeftBehind): ThreadItem[] {
  const begun = pending.filter(({ id }) => !stored.has(id));
  if (begun.length === 0 && last && endsAnswers(last)) return [];
  const note: CutOffNote = {
    id: generateId("sdk_hidden_context"),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    type: "sdk_hidden_context",
    content: "An answer was cut off here: the server stopped while it was being written.",
    ...(input && { unanswered: input }),
  };
  return [...begun.filter(isKeptWhenCutOff), note];
}

/** What was not answered when the thread's newest item was stored; undefined when all was. */
export function unansweredBy(newest: ThreadItem | undefined): RunInput | undefined {
  return newest?.type === "sdk_hidden_context" ? (newest as CutOffNote).unanswered : undefined;
}

/** After a workflow more was to come: it shows what is done on the way to the answer. */
function endsAnswers({ type }: Pick<ThreadItem, "type">): boolean {
  return type !== "user_message" && type !== "workflow";
}
