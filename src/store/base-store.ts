import { ChatKitError, NotFoundError } from "../errors.ts";
import type { Attachment } from "../protocol/attachments.ts";
import { isHidden, type ClientToolCallItem, type ThreadItem, type UserMessageItem } from "../protocol/items.ts";
import type { Page, ThreadMetadata } from "../protocol/thread.ts";
import { cutOffItems } from "./cut-off.ts";
import { generateId } from "./ids.ts";
import { pageRoom, toPage } from "./page.ts";
import { ProcessRuns, type DeadRun } from "./process-runs.ts";
import type { FeedbackKind, Order, Run, RunOpening, Store, StoreItemType, ThreadChange, UserScope } from "./store.ts";
import { changeThread, requireActive } from "./thread-change.ts";

/** Items read at a time by the defaults that walk through a thread. */
const BATCH = 100;
/** A page of large items holds few of them: more than this no model reads, and no process should hold for each answer. */
const MAX_RECENT_PAGES = 16;

/**
 * The defaults of a store of your own: everything past the SDK's primitive methods, made from those. They are right for one
 * process; they are neither atomic nor, for those that search a thread, independent of its length. Runs live in this process: a
 * primitive that is given a `run` begins with `this.runs.require(run, context)`.
 */
export abstract class BaseStore<C extends UserScope> implements Store<C> {
  protected readonly runs = new ProcessRuns<C>();
  readonly #runStates = new Map<string, string>();

  abstract loadThread(threadId: string, context: C): Promise<ThreadMetadata>;
  abstract saveThread(thread: ThreadMetadata, context: C): Promise<void>;
  abstract loadThreads(limit: number, after: string | null, order: Order, context: C): Promise<Page<ThreadMetadata>>;
  abstract deleteThread(threadId: string, context: C): Promise<void>;
  abstract loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>>;
  abstract addThreadItem(threadId: string, item: ThreadItem, context: C, run?: Run): Promise<void>;
  abstract loadItem(threadId: string, itemId: string, context: C): Promise<ThreadItem>;
  abstract deleteThreadItem(threadId: string, itemId: string, context: C, run?: Run): Promise<void>;
  abstract saveAttachment(attachment: Attachment, context: C): Promise<void>;
  abstract loadAttachment(attachmentId: string, context: C): Promise<Attachment>;
  abstract deleteAttachment(attachmentId: string, context: C): Promise<void>;

  generateThreadId(_context: C): string {
    return generateId("thread");
  }

  generateItemId(type: StoreItemType, _thread: ThreadMetadata, _context: C): string {
    return generateId(type);
  }

  async updateThread(threadId: string, change: ThreadChange, context: C): Promise<ThreadMetadata> {
    const thread = changeThread(await this.loadThread(threadId, context), change);
    await this.saveThread(thread, context);
    return thread;
  }

  saveItem(threadId: string, item: ThreadItem, context: C, run?: Run): Promise<void> {
    return this.addThreadItem(threadId, item, context, run);
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

  async completeClientToolCall(threadId: string, output: unknown, context: C, run?: Run): Promise<ClientToolCallItem | null> {
    if (run) this.runs.require(run, context);
    await this.loadThread(threadId, context);
    const pending: ClientToolCallItem[] = [];
    for await (const item of this.#items(threadId, null, "desc", context)) {
      if (item.type === "client_tool_call" && item.status === "pending") pending.push(item);
    }
    const [newest, ...others] = pending;
    if (!newest) return null;
    const completed: ClientToolCallItem = { ...newest, status: "completed", ...(output === undefined ? {} : { output }) };
    await this.saveItem(threadId, completed, context, run);
    for (const { id } of others) await this.deleteThreadItem(threadId, id, context, run);
    return completed;
  }

  async deleteItemsAfter(threadId: string, itemId: string, context: C, run?: Run): Promise<UserMessageItem> {
    if (run) this.runs.require(run, context);
    const message = requireUserMessage(await this.loadItem(threadId, itemId, context));
    const later: string[] = [];
    for await (const { id } of this.#items(threadId, itemId, "asc", context)) later.push(id);
    // Newest first: if one of them fails, what is left is still a conversation.
    for (const id of later.reverse()) await this.deleteThreadItem(threadId, id, context, run);
    return message;
  }

  /** The SDK's primitives have no place for feedback, so this keeps none. */
  async saveFeedback(threadId: string, _itemIds: string[], _kind: FeedbackKind, context: C): Promise<void> {
    await this.loadThread(threadId, context);
  }

  async loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>> {
    await this.loadThread(threadId, context);
    return {};
  }

  async openRun({ run, create, message, attachments = [], fingerprint }: RunOpening, context: C): Promise<ThreadMetadata> {
    const thread = create ?? (await this.loadThread(run.threadId, context));
    requireActive(thread);
    const dead = this.runs.take(run, context, { fingerprint, messageId: message?.id });
    try {
      if (dead) await this.#storeCutOff(dead);
      if (create) await this.saveThread(create, context);
      for (const attachment of attachments) await this.saveAttachment(attachment, context);
      if (message) await this.addThreadItem(run.threadId, message, context, run);
    } catch (error) {
      this.runs.release(run, context);
      throw error;
    }
    return thread;
  }

  async checkpointRun(run: Run, pending: ThreadItem[], context: C): Promise<void> {
    this.runs.checkpoint(run, pending, context);
  }

  async closeRun(run: Run, context: C): Promise<void> {
    this.runs.release(run, context);
  }

  async hasRun(run: Pick<Run, "id" | "threadId">, context: C): Promise<boolean> {
    return this.runs.has(run, context);
  }

  async recoverRuns(): Promise<number> {
    const dead = this.runs.expired();
    for (const { run, context } of dead) {
      // Recovery is a run of its own, so that no message can come between the question and its cut-off answer.
      const recovery = { ...run, id: generateId("thread") };
      const left = this.runs.take(recovery, context);
      if (left) await this.#storeCutOff(left);
      this.runs.release(recovery, context);
    }
    return dead.length;
  }

  /** Kept by this process only, since the SDK's primitives have no place for it: override both to let approvals survive a restart. */
  async saveRunState(threadId: string, state: string, context: C): Promise<void> {
    await this.loadThread(threadId, context);
    this.#runStates.set(JSON.stringify([context.userId, threadId]), state);
  }

  async takeRunState(threadId: string, context: C): Promise<string | null> {
    const key = JSON.stringify([context.userId, threadId]);
    const state = this.#runStates.get(key) ?? null;
    this.#runStates.delete(key);
    return state;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  async #storeCutOff({ run, pending, context }: DeadRun<C>): Promise<void> {
    for (const item of cutOffItems(run.threadId, pending)) {
      // A checkpoint may be older than the finished item.
      if (!(await this.#hasItem(run.threadId, item.id, context))) await this.addThreadItem(run.threadId, item, context);
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
