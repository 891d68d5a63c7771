import type { ThreadItem } from "../../protocol/items.ts";
import { describe } from "../../protocol/parse.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { FeedbackKind } from "../../store/store.ts";
import type { MovedThread, MovingThread } from "../../store/upkeep.ts";
import { TransferError } from "../transfer-error.ts";
import { line as lineSchema, type Line, type MovingStore } from "./records.ts";

/** Items that are written at once: one commit for all of them. */
const ITEMS = 2000;
/** Threads that are written at once, and so many attachments and pieces of feedback. */
const THREADS = 500;
/** Statements that are sent at once; more would wait for a connection. */
const STATEMENTS = 64;

export type Counts = { threads: number; items: number; attachments: number; feedback: number };

type Waiting = { key: string; thread: MovingThread["thread"]; items: Map<string, ThreadItem> };
type Feedback = { userId: string; threadId: string; itemId: string; kind: FeedbackKind };
type Waits = { userId: string; threadId: string; state: string };
type Sent = { userId: string; attachment: Attachment };

/** Writes conversations into a store as they come, many at once. */
export class ConversationWriter {
  readonly counts: Counts = { threads: 0, items: 0, attachments: 0, feedback: 0 };
  #open: Waiting | undefined;
  /** By user and thread, since one may come again. */
  readonly #waiting = new Map<string, Waiting>();
  #items = 0;
  #attachments: Sent[] = [];
  #feedback: Feedback[] = [];
  #runStates: Waits[] = [];

  constructor(private readonly store: MovingStore) {}

  /** The thread that the items after it belong to. */
  async thread(userId: string, thread: MovedThread["thread"], updatedAt: number): Promise<void> {
    if (this.#waiting.size >= THREADS) await this.finish();
    const key = JSON.stringify([userId, thread.id]);
    this.#open = { key, thread: { userId, thread, updatedAt }, items: this.#waiting.get(key)?.items ?? new Map() };
    this.#waiting.set(key, this.#open);
    this.counts.threads++;
  }

  /** @param isNews whether the thread was written to when the item was made */
  async item(item: ThreadItem, isNews = false): Promise<void> {
    const { key, thread, items } = this.#open!;
    items.set(item.id, item);
    this.#waiting.set(key, this.#open!);
    if (isNews) thread.updatedAt = Math.max(thread.updatedAt, Date.parse(item.created_at));
    this.counts.items++;
    if (++this.#items >= ITEMS) await this.finish();
  }

  async attachment(userId: string, attachment: Attachment): Promise<void> {
    this.#attachments.push({ userId, attachment });
    this.counts.attachments++;
    if (this.#attachments.length >= THREADS) await this.finish();
  }

  async feedback(userId: string, threadId: string, itemId: string, kind: FeedbackKind): Promise<void> {
    this.#feedback.push({ userId, threadId, itemId, kind });
    this.counts.feedback++;
    if (this.#feedback.length >= THREADS) await this.finish();
  }

  /** The state of a run that waits for a person in that thread. */
  async runState(userId: string, threadId: string, state: string): Promise<void> {
    this.#runStates.push({ userId, threadId, state });
    if (this.#runStates.length >= STATEMENTS) await this.finish();
  }

  /** Whether the items that come now are those of that thread. */
  isIn(userId: string, threadId: string): boolean {
    return this.#open?.thread.userId === userId && this.#open.thread.thread.id === threadId;
  }

  /** Writes all that waits. */
  async finish(): Promise<void> {
    const [waiting, attachments, feedback, runStates] = [[...this.#waiting.values()], this.#attachments, this.#feedback, this.#runStates];
    this.#waiting.clear();
    [this.#items, this.#attachments, this.#feedback, this.#runStates] = [0, [], [], []];
    if (this.#open) this.#open = { ...this.#open, items: new Map() };
    await eachOf(attachments, ({ userId, attachment }) => this.store.saveAttachment(attachment, { userId }));
    if (waiting.length > 0) await this.store.moveIn(waiting.map(({ thread, items }) => ({ thread, items: [...items.values()] })));
    await eachOf(feedback, ({ userId, threadId, itemId, kind }) => this.store.saveFeedback(threadId, [itemId], kind, { userId }));
    await eachOf(runStates, ({ userId, threadId, state }) => this.store.saveRunState(threadId, state, { userId }));
  }
}

async function eachOf<T>(all: readonly T[], write: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += STATEMENTS) await Promise.all(all.slice(at, at + STATEMENTS).map(write));
}

/**
 * Takes lines that `exported` has written.
 * @throws TransferError that names the line that is not valid
 */
export async function imported(store: MovingStore, lines: AsyncIterable<string>): Promise<Counts> {
  const writer = new ConversationWriter(store);
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text.trim() !== "") await take(writer, parsed(text, number), number);
  }
  await writer.finish();
  return writer.counts;
}

async function take(writer: ConversationWriter, line: Line, number: number): Promise<void> {
  switch (line.type) {
    case "chatkit-export":
      return;
    case "attachment":
      return writer.attachment(line.user, line.attachment);
    case "thread":
      return writer.thread(line.user, line.thread, Date.parse(line.updated_at));
    case "item":
      if (!writer.isIn(line.user, line.thread_id)) throw new TransferError(`line ${number}: an item whose thread is not before it`, true);
      return writer.item(line.item);
    case "feedback":
      return writer.feedback(line.user, line.thread_id, line.item_id, line.kind);
    case "run_state":
      return writer.runState(line.user, line.thread_id, line.state);
  }
}

/** The line as it is: what the schema would add or leave out stays as it was written. */
function parsed(text: string, number: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TransferError(`line ${number}: not JSON`, true);
  }
  const checked = lineSchema.safeParse(value);
  if (!checked.success) throw new TransferError(`line ${number}: ${describe(checked.error)}`, true);
  return value as Line;
}
