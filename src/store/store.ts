/**
 * The store: threads, their items, the records of attachments, feedback, and the runs that hold a thread while it is answered. This file
 * is the port; `memory/`, `sqlite/` and `postgres/` implement it. What a user asks for never reaches another user's rows, and what an
 * answer says is never decided here.
 */
import type { Attachment } from "../protocol/attachments.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem, WidgetItem } from "../protocol/items.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";

export type Order = "asc" | "desc";
export type FeedbackKind = "positive" | "negative";
/** What an id is generated for: the Python SDK's names, or any item type. */
export type StoreItemType = "message" | "tool_call" | "task" | "workflow" | "attachment" | "sdk_hidden_context" | ThreadItem["type"];

/** What every store of ours needs of a request's context: all rows belong to a user. */
export type UserScope = {
  userId: string;
  /** The answer that is being written: with this context its thread is written to for as long as that answer holds it. */
  run?: Run;
  /** The widget that was clicked, as its hook was given it: saving it leaves alone what others have changed since. */
  sender?: WidgetItem;
};

/**
 * One answer being written to one thread. It may write for as long as the thread's run is this one, however long that takes; the
 * lease only says from when on others may take the thread over.
 */
export type Run = { id: string; threadId: string; leaseMs: number };

/** Whether a run whose lease has run out may be taken for dead. Its owner may be this very process, or cut off from the store. */
export type IsDead = (runId: string) => boolean;

/** What is answered, where that is no message: kept while its answer is not there, so that it can be sent again. */
export type RunInput = {
  /** Of the operation and its parameters. */
  hash: string;
  /** The widget that was clicked, as it was then. */
  sender?: WidgetItem;
};

/** What opens a run. All of it is committed together, or none of it. */
export type RunOpening = {
  run: Run;
  /** A thread to create, or undefined when it is there already. */
  create?: ThreadMetadata;
  /** The user's message, appended to the thread. */
  message?: UserMessageItem;
  /** Attachments of the message, saved with their new `thread_id`. */
  attachments?: Attachment[];
  /** Of the request's body, when it may be sent again. */
  fingerprint?: string;
  input?: RunInput;
};

/**
 * Where threads, items and attachments live. The first sixteen methods are the Python SDK's `Store` in camelCase; the
 * rest is what atomic retries, client tools, feedback and runs need: `BaseStore` has defaults for those, so that a store of
 * your own can leave them out.
 *
 * Everything is scoped by the user in `context`: another user's row is a `NotFoundError`. Order is the order of insertion. A page ends
 * early, with `has_more`, where its JSON would grow beyond a mebibyte; it holds one row at least.
 * A cursor (`after`) is the id of a row; one that names no row gives the first page.
 *
 * What is written to the thread of the context's `run` is written only while that run holds it: else nothing is, and a `LostRun`
 * (`conflict`) is thrown, or a `NotFoundError` when the thread is gone. That goes for every method that changes a thread, its items
 * or its run state, and for no other.
 */
export interface Store<C> {
  generateThreadId(context: C): string;
  generateItemId(type: StoreItemType, thread: ThreadMetadata, context: C): string;

  /** @throws NotFoundError */
  loadThread(threadId: string, context: C): Promise<ThreadMetadata>;
  /** Insert or replace. */
  saveThread(thread: ThreadMetadata, context: C): Promise<void>;
  /**
   * Writes the given fields only (a key whose value is undefined is cleared), so that changes made elsewhere survive. A function is
   * asked for them with the thread as it is; it may be called again when somebody else was faster. @throws NotFoundError
   */
  updateThread(threadId: string, change: ThreadUpdate, context: C): Promise<ThreadMetadata>;
  loadThreads(limit: number, after: string | null, order: Order, context: C): Promise<Page<ThreadMetadata>>;
  /** With all that belongs to it; a thread that is not there is not an error. */
  deleteThread(threadId: string, context: C): Promise<void>;

  loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  /** The newest `count` items, oldest first; fewer when they are so large that they would fill memory. */
  recentItems(threadId: string, count: number, context: C): Promise<ThreadItem[]>;
  /** Appends; an item whose id is there already keeps its place and is replaced. @throws NotFoundError when the thread is not there */
  addThreadItem(threadId: string, item: ThreadItem, context: C): Promise<void>;
  /**
   * The same as `addThreadItem`, but for the context's `sender`: of that only what differs from it is written. @throws StaleItem when
   * the same part was changed elsewhere meanwhile and no `run` writes; NotFoundError when the sender is gone
   */
  saveItem(threadId: string, item: ThreadItem, context: C): Promise<void>;
  /**
   * Reads an item, changes it and stores it, with nobody in between; `change` may be called again when somebody was. Answers what is
   * stored then; the item that `change` was given means that there is nothing to store. @throws NotFoundError
   */
  updateItem(threadId: string, itemId: string, change: (stored: ThreadItem) => ThreadItem, context: C): Promise<ThreadItem>;
  /** @throws NotFoundError */
  loadItem(threadId: string, itemId: string, context: C): Promise<ThreadItem>;
  /** Takes it out of the checkpoint of the thread's run, too. An item that is not there is not an error. */
  deleteThreadItem(threadId: string, itemId: string, context: C): Promise<void>;

  saveAttachment(attachment: Attachment, context: C): Promise<void>;
  /** @throws NotFoundError */
  loadAttachment(attachmentId: string, context: C): Promise<Attachment>;
  deleteAttachment(attachmentId: string, context: C): Promise<void>;

  /** A page of the items a client may see: hidden ones are filtered before the limit. @throws NotFoundError */
  loadVisibleItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  /** A thread with the first page of its visible items, oldest first. @throws NotFoundError */
  loadThreadWithItems(threadId: string, limit: number, context: C): Promise<{ thread: ThreadMetadata; items: Page<ThreadItem> }>;
  /**
   * Completes the newest pending client tool call and deletes the other pending ones.
   * Answers the completed item, or null when none is pending.
   */
  completeClientToolCall(threadId: string, output: unknown, context: C): Promise<ClientToolCallItem | null>;
  /** Deletes every item after that user message, in one transaction. @throws NotFoundError, or invalid_request when it is no user message */
  deleteItemsAfter(threadId: string, itemId: string, context: C): Promise<UserMessageItem>;
  /** The last word of a user on an item wins. Ids that name no item of the thread are ignored. @throws NotFoundError */
  saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void>;
  /** By item id. @throws NotFoundError */
  loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>>;

  /**
   * Takes the thread for one run. @throws NotFoundError; thread_locked or thread_closed with the thread's reason; thread_busy while
   * another run holds it; AlreadyOpen while a run of this user holds the fingerprint. Then nothing was stored.
   * @param isDead asked of a holder whose lease has run out: it is taken over, unless this says no
   */
  openRun(opening: RunOpening, context: C, isDead?: IsDead): Promise<ThreadMetadata>;
  /**
   * Renews the lease and keeps what is pending, so that it outlives this process. What is stored already was not the end of the answer.
   * LostRun, or NotFoundError when the thread is gone
   */
  checkpointRun(run: Run, pending: ThreadItem[], context: C): Promise<void>;
  /** Frees the thread. False when the run did not hold it any more, which is no error. */
  closeRun(run: Run, context: C): Promise<boolean>;
  /** The same for an answer that is not whole: as if its process had died, with `pending` as its last checkpoint. */
  cutOffRun(run: Run, pending: ThreadItem[], context: C): Promise<boolean>;
  /** For how many milliseconds nobody may take the run's thread over; 0 once its lease has run out, null when the run is closed. */
  leaseLeft(run: Pick<Run, "id" | "threadId">, context: C): Promise<number | null>;
  /**
   * Stores what runs left whose process has died and frees their threads. Answers how many runs it closed.
   * @param isDead asked of each run whose lease has run out
   */
  recoverRuns(isDead?: IsDead): Promise<number>;

  /** Keeps what a paused run needs to go on, as opaque text. A thread has one at most: a newer one replaces it. @throws NotFoundError */
  saveRunState(threadId: string, state: string, context: C): Promise<void>;
  /**
   * Takes it away: of two that ask at once one gets it, and nobody after that. Null when there is none. One that was taken with a
   * `run` comes back when that run's process dies.
   */
  takeRunState(threadId: string, context: C): Promise<string | null>;

  /** Resolves when the store can serve. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Fields to change; an explicit `undefined` clears an optional one. */
export type ThreadChange = Partial<Omit<ThreadMetadata, "id" | "created_at">>;
/** The same, or what says it of the thread as it is. */
export type ThreadUpdate = ThreadChange | ((stored: ThreadMetadata) => ThreadChange);

/** The run of the context, where it is that thread's. */
export function runOn(threadId: string, { run }: UserScope): Run | undefined {
  return run?.threadId === threadId ? run : undefined;
}

/** The same context for what is written beside its run, or after it. */
export function withoutRun<C extends UserScope>(context: C): C {
  // Not a copy: it may be an object of a class.
  return Object.create(context, { run: { value: undefined } }) as C;
}
