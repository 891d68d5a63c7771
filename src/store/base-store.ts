import { ChatKitError, NotFoundError } from "../errors.ts";
import type { Attachment } from "../protocol/attachments.ts";
import { isHidden, type ClientToolCallItem, type ThreadItem, type UserMessageItem } from "../protocol/items.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";
import { cutOffItems } from "./cut-off.ts";
import { generateId, newSigningKey } from "./ids.ts";
import { merge } from "./merge.ts";
import { OneByOne } from "./one-by-one.ts";
import { pageRoom, toPage } from "./page.ts";
import { ProcessRuns, type DeadRun } from "./process-runs.ts";
import { StaleItem } from "./stale-item.ts";
import { SESSION_KEPT_MS, withoutRun } from "./store.ts";
import type { FeedbackKind, IsDead, Order, Run, RunInput, RunOpening, SigningKey, Store, StoreItemType, ThreadUpdate, UserScope } from "./store.ts";
import { changeThread, requireActive } from "./thread-change.ts";

/** Items read at a time by the defaults that walk through a thread. */
const BATCH = 100;
/** Of large items a page holds few, so this bounds the memory that one answer takes. It is more than any model reads. */
const MAX_RECENT_PAGES = 16;

/**
 * A base for a store of your own. Only the abstract methods have to be written; all others are made from those, correctly for a single
 * process. They are not atomic, and some read the whole thread. Runs are kept in this process. So a method of yours that writes to a
 * thread or its items has to begin with `this.runs.require(threadId, context)`; one that deletes an item has to end with
 * `this.runs.forgetItem(threadId, itemId, context)`, and one that deletes a thread with `this.runs.forget(threadId, context)`.
 */
export abstract class BaseStore<C extends UserScope> implements Store<C> {
  protected readonly runs: ProcessRuns<C>;
  readonly #runStates = new Map<string, string>();
  #signingKeys: SigningKey[] | undefined;
  /** When they expire, by their ids. */
  readonly #cancelledSessions = new Map<string, Date>();
  /** Lets changes of the same thread or item wait for each other. */
  readonly #changes = new OneByOne();

  /** @param now the clock for leases, in milliseconds; must not be one that can be set */
  constructor(now?: () => number) {
    this.runs = new ProcessRuns(now);
  }

  abstract loadThread(threadId: string, context: C): Promise<ThreadMetadata>;
  abstract saveThread(thread: ThreadMetadata, context: C): Promise<void>;
  abstract loadThreads(limit: number, after: string | null, order: Order, context: C): Promise<Page<ThreadMetadata>>;
  abstract deleteThread(threadId: string, context: C): Promise<void>;
  abstract loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  abstract addThreadItem(threadId: string, item: ThreadItem, context: C): Promise<void>;
  abstract loadItem(threadId: string, itemId: string, context: C): Promise<ThreadItem>;
  abstract deleteThreadItem(threadId: string, itemId: string, context: C): Promise<void>;
  abstract saveAttachment(attachment: Attachment, context: C): Promise<void>;
  abstract loadAttachment(attachmentId: string, context: C): Promise<Attachment>;
  abstract deleteAttachment(attachmentId: string, context: C): Promise<void>;

  generateThreadId(_context: C): string {
    return generateId("thread");
  }

  generateItemId(type: StoreItemType, _thread: ThreadMetadata, _context: C): string {
    return generateId(type);
  }

  updateThread(threadId: string, change: ThreadUpdate, context: C): Promise<ThreadMetadata> {
    return this.#changes.do(keyOf(context, threadId), async () => {
      const thread = changeThread(await this.loadThread(threadId, context), change);
      await this.saveThread(thread, context);
      return thread;
    });
  }

  async saveItem(threadId: string, item: ThreadItem, context: C): Promise<void> {
    const { sender, run } = context;
    if (sender?.id !== item.id) return this.addThreadItem(threadId, item, context);
    await this.updateItem(
      threadId,
      item.id,
      (stored) => {
        const { merged, isClean } = merge<ThreadItem>(sender, stored, item);
        // A hook that streams an answer cannot be called again, so what it wrote wins.
        if (!isClean && !run) throw new StaleItem();
        return merged;
      },
      context,
    );
    // The hook makes its next change from this.
    if (item.type === "widget") context.sender = item;
  }

  updateItem(threadId: string, itemId: string, change: (stored: ThreadItem) => ThreadItem, context: C): Promise<ThreadItem> {
    return this.#changes.do(keyOf(context, threadId, itemId), async () => {
      const stored = await this.loadItem(threadId, itemId, context);
      const item = change(stored);
      if (item !== stored) await this.addThreadItem(threadId, item, context);
      return item;
    });
  }

  async recentItems(threadId: string, count: number, context: C): Promise<ThreadItem[]> {
    const items: ThreadItem[] = [];
    for (let pages = 0, after: string | null = null; pages < MAX_RECENT_PAGES; pages++) {
      const page: Page<ThreadItem> = await this.loadThreadItems(threadId, after, count - items.length, "desc", context);
      items.push(...page.data);
      if (!page.has_more || items.length >= count) break;
      after = page.after ?? null;
    }
    return items.reverse();
  }

  async loadVisibleItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>> {
    await this.loadThread(threadId, context);
    const visible: (ThreadItem | null)[] = [];
    const hasRoom = pageRoom(limit);
    for await (const item of this.#items(threadId, after, order, context)) {
      if (isHidden(item)) continue;
      const fits = hasRoom(Buffer.byteLength(JSON.stringify(item)));
      visible.push(fits ? item : null);
      if (!fits) break;
    }
    return toPage(visible, limit);
  }

  async loadThreadWithItems(threadId: string, limit: number, context: C): Promise<{ thread: ThreadMetadata; items: Page<ThreadItem> }> {
    const thread = await this.loadThread(threadId, context);
    return { thread, items: await this.loadVisibleItems(threadId, null, limit, "asc", context) };
  }

  async completeClientToolCall(threadId: string, output: unknown, context: C): Promise<ClientToolCallItem | null> {
    this.runs.require(threadId, context);
    await this.loadThread(threadId, context);
    const pending: ClientToolCallItem[] = [];
    for await (const item of this.#items(threadId, null, "desc", context)) {
      if (item.type === "client_tool_call" && item.status === "pending") pending.push(item);
      else if (item.type === "user_message" && pending.length === 0) return null;
    }
    const [newest, ...others] = pending;
    if (!newest) return null;
    const completed: ClientToolCallItem = { ...newest, status: "completed", ...(output === undefined ? {} : { output }) };
    await this.addThreadItem(threadId, completed, context);
    for (const { id } of others) await this.deleteThreadItem(threadId, id, context);
    return completed;
  }

  async deleteItemsAfter(threadId: string, itemId: string, context: C): Promise<UserMessageItem> {
    this.runs.require(threadId, context);
    const message = requireUserMessage(await this.loadItem(threadId, itemId, context));
    const later: string[] = [];
    for await (const { id } of this.#items(threadId, itemId, "asc", context)) later.push(id);
    // Newest first: if one deletion fails, what is left has no gap.
    for (const id of later.reverse()) await this.deleteThreadItem(threadId, id, context);
    await this.takeRunState(threadId, withoutRun(context));
    return message;
  }

  updateAttachment(attachmentId: string, change: (stored: Attachment) => Attachment, context: C): Promise<Attachment> {
    return this.#changes.do(keyOf(context, "attachment", attachmentId), async () => {
      const stored = await this.loadAttachment(attachmentId, context);
      const attachment = change(stored);
      if (attachment !== stored) await this.saveAttachment(attachment, context);
      return attachment;
    });
  }

  /** Counts nothing, since the abstract methods cannot list attachments. */
  async attachmentBytes(_context: C): Promise<number> {
    return 0;
  }

  /** A key of this process. For URLs that outlive it and are shared with others, override this. */
  async signingKeys(): Promise<SigningKey[]> {
    return (this.#signingKeys ??= [newSigningKey()]);
  }

  /** Kept in this process. For several processes, override this and `isSessionCancelled`. */
  async cancelSession(id: string, expiresAt: Date): Promise<void> {
    const oldest = Date.now() - SESSION_KEPT_MS;
    for (const [expired, at] of this.#cancelledSessions) if (at.getTime() < oldest) this.#cancelledSessions.delete(expired);
    this.#cancelledSessions.set(id, expiresAt);
  }

  async isSessionCancelled(id: string): Promise<boolean> {
    return this.#cancelledSessions.has(id);
  }

  /** Keeps nothing, since the abstract methods have no place for feedback. */
  async saveFeedback(threadId: string, _itemIds: string[], _kind: FeedbackKind, context: C): Promise<void> {
    this.runs.require(threadId, context);
    await this.loadThread(threadId, context);
  }

  async loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>> {
    await this.loadThread(threadId, context);
    return {};
  }

  async openRun(opening: RunOpening, context: C, isDead?: IsDead): Promise<ThreadMetadata> {
    const { run, create, message, attachments = [], fingerprint, input } = opening;
    const thread = create ?? (await this.loadThread(run.threadId, context));
    requireActive(thread);
    const after = message || create ? undefined : (await this.#newest(run.threadId, context))?.id;
    const by = { messageId: message?.id, after, ...(fingerprint !== undefined && { fingerprint }), ...(input && { input }) };
    const dead = this.runs.take(run, context, by, isDead);
    try {
      if (dead) await this.#storeCutOff(dead);
      // What the dead run has left is no part of this answer.
      if (dead && !message && !create) await this.checkpointRun(run, null, context);
      if (create) await this.saveThread(create, context);
      for (const attachment of attachments) await this.#bind(attachment, context);
      if (message) await this.addThreadItem(run.threadId, message, context);
    } catch (error) {
      this.runs.release(run, context);
      throw error;
    }
    return thread;
  }

  async recordInput(run: Run, input: RunInput, context: C): Promise<void> {
    this.runs.recordInput(run, input, context);
  }

  async checkpointRun(run: Run, pending: ThreadItem[] | null, context: C): Promise<void> {
    const newest = this.runs.leaseLeft(run, context) === null ? undefined : await this.#newest(run.threadId, context);
    this.runs.checkpoint(run, pending, context, newest?.id);
  }

  async closeRun(run: Run, context: C): Promise<boolean> {
    return this.runs.release(run, context) !== null;
  }

  async cutOffRun(run: Run, pending: ThreadItem[], context: C): Promise<boolean> {
    const left = this.runs.release(run, context);
    if (left) await this.#storeCutOff({ ...left, pending });
    return left !== null;
  }

  async leaseLeft(run: Pick<Run, "id" | "threadId">, context: C): Promise<number | null> {
    return this.runs.leaseLeft(run, context);
  }

  async recoverRuns(isDead: IsDead = () => true): Promise<number> {
    let closed = 0;
    for (const { run, context } of this.runs.expired()) {
      // While the previous run was being closed, this one may have been renewed or closed.
      if (this.runs.leaseLeft(run, context) !== 0 || !isDead(run.id)) continue;
      // A run for the recovery holds the thread, so that no new message can come between the question and its cut-off answer.
      const recovery = { ...run, id: generateId("thread") };
      const left = this.runs.take(recovery, context);
      if (left) await this.#storeCutOff(left);
      this.runs.release(recovery, context);
      closed++;
    }
    return closed;
  }

  /** Kept in this process, since the abstract methods have no place for it. For approvals that survive a restart, override both methods. */
  async saveRunState(threadId: string, state: string, context: C): Promise<void> {
    this.runs.require(threadId, context);
    await this.loadThread(threadId, context);
    this.#runStates.set(keyOf(context, threadId), state);
  }

  async takeRunState(threadId: string, context: C): Promise<string | null> {
    this.runs.require(threadId, context);
    const key = keyOf(context, threadId);
    const state = this.#runStates.get(key) ?? null;
    this.#runStates.delete(key);
    if (state !== null) this.runs.keepState(threadId, state, context);
    return state;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  async #storeCutOff({ run, pending, input, after, state, ...left }: DeadRun<C>): Promise<void> {
    const { threadId } = run;
    const context = withoutRun(left.context);
    const stored = new Set<string>();
    for (const { id } of pending) if (await this.#hasItem(threadId, id, context)) stored.add(id);
    const newest = await this.#newest(threadId, context);
    // If that item is gone, the newest one is older than it: the answer has removed it, and died.
    const isNew = after === undefined || (newest?.id !== after && (await this.#hasItem(threadId, after, context)));
    const last = isNew ? newest : undefined;
    for (const item of cutOffItems(threadId, { pending, stored, last, input })) await this.addThreadItem(threadId, item, context);
    if (state !== undefined) await this.saveRunState(threadId, (await this.takeRunState(threadId, context)) ?? state, context);
  }

  async #newest(threadId: string, context: C): Promise<ThreadItem | undefined> {
    return (await this.loadVisibleItems(threadId, null, 1, "desc", context)).data[0];
  }

  /** Notes the thread of an attachment. If it is stored, nothing else is changed: an upload may have ended since it was read. */
  async #bind(attachment: Attachment, context: C): Promise<void> {
    try {
      await this.updateAttachment(attachment.id, (stored) => ({ ...stored, thread_id: attachment.thread_id }), context);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      await this.saveAttachment(attachment, context);
    }
  }

  async #hasItem(threadId: string, itemId: string, context: C): Promise<boolean> {
    try {
      await this.loadItem(threadId, itemId, context);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  async *#items(threadId: string, after: string | null, order: Order, context: C): AsyncGenerator<ThreadItem, void> {
    let cursor = after;
    do {
      const page = await this.loadThreadItems(threadId, cursor, BATCH, order, context);
      yield* page.data;
      cursor = page.has_more ? (page.after ?? null) : null;
    } while (cursor !== null);
  }
}

/** @throws ChatKitError invalid_request */
export function requireUserMessage(item: ThreadItem): UserMessageItem {
  if (item.type !== "user_message") throw new ChatKitError("invalid_request", { message: `Item ${item.id} is not a user message.` });
  return item;
}

function keyOf({ userId }: UserScope, ...ids: string[]): string {
  return JSON.stringify([userId, ...ids]);
}
