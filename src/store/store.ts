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

/** What the stores here need of a request's context: every row belongs to a user. */
export type UserScope = {
  userId: string;
  /** The answer being written. With this context its thread can be written to only while that run holds it. */
  run?: Run;
  /** The clicked widget as its hook got it. When the hook saves it, what others have changed since is kept. */
  sender?: WidgetItem;
};

/**
 * One answer being written to one thread. It holds the thread until it is closed or another run takes the thread over, which is
 * possible once the lease has run out. An expired lease alone takes nothing away from it.
 */
export type Run = { id: string; threadId: string; leaseMs: number };

/** Whether the owner of a run whose lease has run out is dead. It may also be this very process, or be cut off from the store. */
export type IsDead = (runId: string) => boolean;

/** What a run answers when that is not a message, such as a click. Kept until answered, so that it can be sent again after a crash. */
export type RunInput = {
  /** A hash of the body that asked for it. */
  hash: string;
  /** The clicked widget, as it was at the click. */
  sender?: WidgetItem;
};

/** What opens a run. All of it is committed together, or none of it. */
export type RunOpening = {
  run: Run;
  /** The thread to create; undefined when it exists already. */
  create?: ThreadMetadata;
  /** The user's message, appended to the thread. */
  message?: UserMessageItem;
  /** Attachments of the message, saved with their new `thread_id`. */
  attachments?: Attachment[];
  /** Identifies the request, if the client may send it again to another process. */
  fingerprint?: string;
  input?: RunInput;
};

/**
 * Where threads, items and attachments live. The methods of the Python SDK's `Store` have the same names here, in camelCase. `BaseStore`
 * has defaults for all others, so that a store of your own can leave them out.
 *
 * Every row belongs to the user in `context`: another user's row is a `NotFoundError`. Rows are in the order of insertion. A page ends
 * early, with `has_more`, before its JSON would exceed a mebibyte; it holds at least one row. A cursor (`after`) is the id of a row; one
 * that names no row gives the first page.
 *
 * With a `run` in the context, its thread can be written to only while that run holds it. Otherwise nothing is written, and a `LostRun`
 * (`conflict`) is thrown, or a `NotFoundError` when the thread is gone. This holds for every method that changes a thread, its items or
 * its run state, and for no other.
 */
export interface Store<C> {
  generateThreadId(context: C): string;
  generateItemId(type: StoreItemType, thread: ThreadMetadata, context: C): string;

  /** @throws NotFoundError */
  loadThread(threadId: string, context: C): Promise<ThreadMetadata>;
  /** Insert or replace. */
  saveThread(thread: ThreadMetadata, context: C): Promise<void>;
  /**
   * Writes only the given fields (a key whose value is undefined is cleared), so that changes made elsewhere survive. Instead of fields
   * a function may be given, which makes them from the stored thread; it is called again when the thread was changed in between.
   * @throws NotFoundError
   */
  updateThread(threadId: string, change: ThreadUpdate, context: C): Promise<ThreadMetadata>;
  loadThreads(limit: number, after: string | null, order: Order, context: C): Promise<Page<ThreadMetadata>>;
  /** Deletes the thread and all that belongs to it. No error when it does not exist. */
  deleteThread(threadId: string, context: C): Promise<void>;

  loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  /** The newest `count` items, oldest of them first. Fewer when they are so large that they would fill memory. */
  recentItems(threadId: string, count: number, context: C): Promise<ThreadItem[]>;
  /** Appends an item, or replaces the one with the same id, which keeps its place. @throws NotFoundError when the thread does not exist */
  addThreadItem(threadId: string, item: ThreadItem, context: C): Promise<void>;
  /**
   * Like `addThreadItem`, except for the item that is the context's `sender`: of that one only what the hook has changed is written.
   * @throws StaleItem when others have changed the same part meanwhile and the context has no `run`; NotFoundError when the sender is gone
   */
  saveItem(threadId: string, item: ThreadItem, context: C): Promise<void>;
  /**
   * Reads an item, changes it and stores it; `change` is called again when the item was changed in between. When `change` returns the
   * very item that it was given, nothing is stored. Resolves to the item as it is stored then. @throws NotFoundError
   */
  updateItem(threadId: string, itemId: string, change: (stored: ThreadItem) => ThreadItem, context: C): Promise<ThreadItem>;
  /** @throws NotFoundError */
  loadItem(threadId: string, itemId: string, context: C): Promise<ThreadItem>;
  /** Deletes an item, also from the checkpoint of the thread's run. No error when it does not exist. */
  deleteThreadItem(threadId: string, itemId: string, context: C): Promise<void>;

  saveAttachment(attachment: Attachment, context: C): Promise<void>;
  /** @throws NotFoundError */
  loadAttachment(attachmentId: string, context: C): Promise<Attachment>;
  /**
   * Reads an attachment, changes it and stores it, with nobody in between: `change` may be called again. When it returns the very
   * attachment that it was given, nothing is stored. @throws NotFoundError
   */
  updateAttachment(attachmentId: string, change: (stored: Attachment) => Attachment, context: C): Promise<Attachment>;
  deleteAttachment(attachmentId: string, context: C): Promise<void>;

  /** A page of the items a client may see: hidden ones are filtered before the limit. @throws NotFoundError */
  loadVisibleItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  /** A thread with the first page of its visible items, oldest first. @throws NotFoundError */
  loadThreadWithItems(threadId: string, limit: number, context: C): Promise<{ thread: ThreadMetadata; items: Page<ThreadItem> }>;
  /**
   * Completes the newest pending client tool call and deletes the other pending ones. Resolves to the completed item, or to null when none
   * was pending after the last message of the user: then nothing is changed.
   */
  completeClientToolCall(threadId: string, output: unknown, context: C): Promise<ClientToolCallItem | null>;
  /** Deletes all items after a user message, and the state of a paused run, in one transaction. @throws NotFoundError; invalid_request when it is not a user message */
  deleteItemsAfter(threadId: string, itemId: string, context: C): Promise<UserMessageItem>;
  /** A newer feedback on an item replaces the older. Ids that name no item of the thread are ignored. @throws NotFoundError */
  saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void>;
  /** By item id. @throws NotFoundError */
  loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>>;

  /**
   * Takes the thread for one run.
   * @param isDead asked about a run that holds the thread and whose lease has run out; the thread is taken over if it returns true
   * @throws NotFoundError; thread_locked or thread_closed with the thread's reason; thread_busy while another run holds it; AlreadyOpen
   * while another run of this user has the same fingerprint. Nothing was stored then
   */
  openRun(opening: RunOpening, context: C, isDead?: IsDead): Promise<ThreadMetadata>;
  /**
   * Notes anew what the run answers, for whoever closes it if its process dies.
   * @throws LostRun, or NotFoundError when the thread is gone
   */
  recordInput(run: Run, input: RunInput, context: C): Promise<void>;
  /**
   * Renews the lease and stores the unfinished items, so that a crash does not lose them. Also notes that the items stored so far are
   * not the whole answer.
   * @param pending the unfinished items, or what `checkpointed` leaves of them; null when nothing has changed since the last checkpoint
   * @throws LostRun, or NotFoundError when the thread is gone
   */
  checkpointRun(run: Run, pending: ThreadItem[] | null, context: C): Promise<void>;
  /** Frees the thread. False when the run did not hold it any more; that is no error. */
  closeRun(run: Run, context: C): Promise<boolean>;
  /** Frees the thread of an unfinished answer, and stores what would be stored if its process had died after a checkpoint of `pending`. */
  cutOffRun(run: Run, pending: ThreadItem[], context: C): Promise<boolean>;
  /** How many milliseconds are left until the thread may be taken over: 0 when the lease has run out, null when the run is closed. */
  leaseLeft(run: Pick<Run, "id" | "threadId">, context: C): Promise<number | null>;
  /**
   * Closes the runs of dead processes: stores what they left and frees their threads. Resolves to the number of runs closed.
   * @param isDead asked about each run whose lease has run out, while the store takes writes: its process could have renewed it
   */
  recoverRuns(isDead?: IsDead): Promise<number>;

  /** Keeps what a paused agent needs to go on, as opaque text. A thread has at most one: a newer one replaces it. @throws NotFoundError */
  saveRunState(threadId: string, state: string, context: C): Promise<void>;
  /**
   * Takes that text out of the store: when two ask at once, one of them gets it. Null when there is none. If the process of the
   * context's `run` dies, the text is put back.
   */
  takeRunState(threadId: string, context: C): Promise<string | null>;

  /** How many bytes a user's attachments have, by the `size` in their metadata. */
  attachmentBytes(context: C): Promise<number>;
  /**
   * What the URLs of attachments are signed with, newest first: the newest signs, the others are still believed. The first call makes
   * one, which all processes of the store share.
   */
  signingKeys(): Promise<SigningKey[]>;

  /** Notes for all processes of the store that a session was cancelled, until some time after it would have expired anyway. */
  cancelSession(id: string, expiresAt: Date): Promise<void>;
  isSessionCancelled(id: string): Promise<boolean>;

  /** Resolves when the store is able to serve. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How long a cancelled session is kept after it has expired: by the clock of another process it may not have expired yet. */
export const SESSION_KEPT_MS = 3_600_000;

/** The secret is 32 bytes in hex. */
export type SigningKey = { id: string; secret: string };

/** Fields to change; an explicit `undefined` clears an optional one. */
export type ThreadChange = Partial<Omit<ThreadMetadata, "id" | "created_at">>;
/** Fields to change, or a function that makes them from the stored thread. */
export type ThreadUpdate = ThreadChange | ((stored: ThreadMetadata) => ThreadChange);

/** The run of the context, if it is a run of that thread. */
export function runOn(threadId: string, { run }: UserScope): Run | undefined {
  return run?.threadId === threadId ? run : undefined;
}

/** The same context without its run, for what is written although the run does not hold the thread any more. */
export function withoutRun<C extends UserScope>(context: C): C {
  // Not copied, since it may be an instance of a developer's own class.
  return Object.create(context, { run: { value: undefined } }) as C;
}
