import type { ThreadItem } from "../../protocol/items.ts";
import { describe } from "../../protocol/parse.ts";
import type { MovedThread } from "../../store/upkeep.ts";
import { TransferError } from "../transfer-error.ts";
import { line as lineSchema, type Line, type MovingStore } from "./records.ts";

/** Items of one thread that are written at once. */
const ITEMS = 500;
/** Threads that are written at once: their commits are one. */
const AT_ONCE = 64;

export type Counts = { threads: number; items: number; attachments: number; feedback: number };

type Waiting = { thread: Omit<MovedThread, "position">; items: ThreadItem[] };

/** Writes conversations into a store, thread by thread, as they come. */
export class ConversationWriter {
  readonly counts: Counts = { threads: 0, items: 0, attachments: 0, feedback: 0 };
  #open: Waiting | undefined;
  #waiting: Waiting[] = [];

  constructor(private readonly store: MovingStore) {}

  /** The thread that the items after it belong to. */
  async thread(userId: string, thread: MovedThread["thread"], updatedAt: number): Promise<void> {
    await this.#close();
    this.#open = { thread: { userId, thread, updatedAt }, items: [] };
    this.counts.threads++;
  }

  /** @param isNews whether the thread was written to when the item was made */
  async item(item: ThreadItem, isNews = false): Promise<void> {
    const { thread, items } = this.#open!;
    items.push(item);
    if (isNews) thread.updatedAt = Math.max(thread.updatedAt, Date.parse(item.created_at));
    this.counts.items++;
    if (items.length < ITEMS) return;
    await this.#close();
    this.#open = { thread, items: [] };
    await this.#write();
  }

  async attachment(userId: string, attachment: Parameters<MovingStore["saveAttachment"]>[0]): Promise<void> {
    await this.store.saveAttachment(attachment, { userId });
    this.counts.attachments++;
  }

  async feedback(userId: string, threadId: string, itemId: string, kind: "positive" | "negative"): Promise<void> {
    await this.finish();
    await this.store.saveFeedback(threadId, [itemId], kind, { userId });
    this.counts.feedback++;
  }

  /** Whether the items that come now are those of that thread. */
  isIn(userId: string, threadId: string): boolean {
    return this.#open?.thread.userId === userId && this.#open.thread.thread.id === threadId;
  }

  async finish(): Promise<void> {
    await this.#close();
    await this.#write();
  }

  async #close(): Promise<void> {
    if (this.#open) this.#waiting.push(this.#open);
    this.#open = undefined;
    if (this.#waiting.length >= AT_ONCE) await this.#write();
  }

  async #write(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.all(waiting.map(({ thread, items }) => this.store.moveIn(thread, items)));
  }
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
