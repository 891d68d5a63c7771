/**
 * The store: threads, their items, the records of attachments, feedback, and the runs that hold a thread while it is answered. This file
 * is the port; `memory/`, `sqlite/` and `postgres/` implement it. What a user asks for never reaches another user's rows, and what an
 * answer says is never decided here.
 */
import type { Attachment } from "../protocol/attachments.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../protocol/items.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";

export type Order = "asc" | "desc";
export type FeedbackKind = "positive" | "negative";
/** What an id is generated for: the Python SDK's names, or any item type. */
export type StoreItemType = "message" | "tool_call" | "task" | "workflow" | "attachment" | "sdk_hidden_context" | ThreadItem["type"];

/** What every store of ours needs of a request's context: all rows belong to a user. */
export type UserScope = { userId: string };

/** One answer being written to one thread, and the right to write it: a lease that expires unless renewed. */
export type Run = { id: string; threadId: string; leaseMs: number };

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
};

/**
 * Where threads, items and attachments live. The first sixteen methods are the Python SDK's `Store` in camelCase; the
 * rest is what atomic retries, client tools, feedback and runs need: `BaseStore` has defaults for those, so that a store of
 * your own can leave them out.
 *
 * Everything is scoped by the user in `context`: another user's row is a `NotFoundError`. Order is the order of insertion. A page ends
 * early, with `has_more`, where its JSON would grow beyond a mebibyte; it holds one row at least.
 * A cursor (`after`) is the id of a row; one that names no row gives the first page. Methods that take a `run` must
 * write nothing when that run no longer holds its thread, and throw `conflict`.
 */
export interface Store<C> {
  generateThreadId(context: C): string;
  generateItemId(type: StoreItemType, thread: ThreadMetadata, context: C): string;

  /** @throws NotFoundError */
  loadThread(threadId: string, context: C): Promise<ThreadMetadata>;
  /** Insert or replace. */
  saveThread(thread: ThreadMetadata, context: C): Promise<void>;
  /** Writes the given fields only (a key whose value is undefined is cleared), so that changes made elsewhere survive. @throws NotFoundError */
  updateThread(threadId: string, change: ThreadChange, context: C): Promise<ThreadMetadata>;
  loadThreads(limit: number, after: string | null, order: Order, context: C): Promise<Page<ThreadMetadata>>;
  /** With all that belongs to it; a thread that is not there is not an error. */
  deleteThread(threadId: string, context: C): Promise<void>;

  loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  /** The newest `count` items, oldest first; fewer when they are so large that they would fill memory. */
  recentItems(threadId: string, count: number, context: C): Promise<ThreadItem[]>;
  /** Appends; an item whose id is there already keeps its place and is replaced. @throws NotFoundError when the thread is not there */
  addThreadItem(threadId: string, item: ThreadItem, context: C, run?: Run): Promise<void>;
  /** The same as `addThreadItem`: kept apart because the SDK's stores do. */
  saveItem(threadId: string, item: ThreadItem, context: C, run?: Run): Promise<void>;
  /** @throws NotFoundError */
  loadItem(threadId: string, itemId: string, context: C): Promise<ThreadItem>;
  /** An item that is not there is not an error. */
  deleteThreadItem(threadId: string, itemId: string, context: C, run?: Run): Promise<void>;

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
  completeClientToolCall(threadId: string, output: unknown, context: C, run?: Run): Promise<ClientToolCallItem | null>;
  /** Deletes every item after that user message, in one transaction. @throws NotFoundError, or invalid_request when it is no user message */
  deleteItemsAfter(threadId: string, itemId: string, context: C, run?: Run): Promise<UserMessageItem>;
  /** The last word of a user on an item wins. Ids that name no item of the thread are ignored. @throws NotFoundError */
  saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void>;
  /** By item id. @throws NotFoundError */
  loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>>;

  /**
   * Takes the thread for one run. @throws NotFoundError; thread_locked or thread_closed with the thread's reason; thread_busy while
   * another run holds it; AlreadyOpen while a run of this user holds the fingerprint. Then nothing was stored.
   */
  openRun(opening: RunOpening, context: C): Promise<ThreadMetadata>;
  /** Renews the lease and keeps what is pending, so that it outlives this process. @throws conflict when the lease was lost */
  checkpointRun(run: Run, pending: ThreadItem[], context: C): Promise<void>;
  /** Frees the thread; a run that no longer holds it is not an error. */
  closeRun(run: Run, context: C): Promise<void>;
  /** Whether that run still has its thread, be its process alive or dead. */
  hasRun(run: Pick<Run, "id" | "threadId">, context: C): Promise<boolean>;
  /** Stores the partial messages of runs whose process died and frees their threads. Answers how many runs it closed. */
  recoverRuns(): Promise<number>;

  /** Keeps what a paused run needs to go on, as opaque text. A thread has one at most: a newer one replaces it. @throws NotFoundError */
  saveRunState(threadId: string, state: string, context: C): Promise<void>;
  /** Takes it away: of two that ask at once one gets it, and nobody after that. Null when there is none. */
  takeRunState(threadId: string, context: C): Promise<string | null>;

  /** Resolves when the store can serve. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Fields to change; an explicit `undefined` clears an optional one. */
export type ThreadChange = Partial<Omit<ThreadMetadata, "id" | "created_at">>;
