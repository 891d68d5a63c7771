import type { FeedbackKind } from "../../store/store.ts";
import type { MovedThread, WhichThreads } from "../../store/upkeep.ts";
import { HEAD, type MovingStore } from "./records.ts";

const THREADS = 200;
const ITEMS = 500;
const ATTACHMENTS = 500;

type Wanted = WhichThreads & { /** Only feedback, each with its item and the question before it. */ feedbackOnly?: boolean };

/** The lines of everything that is wanted, several at a time. Holds a page of it in memory, whatever there is. */
export async function* exported(store: MovingStore, wanted: Wanted): AsyncGenerator<string, void> {
  const { feedbackOnly = false, userId } = wanted;
  if (!feedbackOnly) {
    yield `${JSON.stringify(HEAD)}\n`;
    yield* attachmentLines(store, userId);
  }
  let last: MovedThread | null = null;
  do {
    const threads: MovedThread[] = await store.threadsAfter(last, THREADS, wanted);
    last = threads.at(-1) ?? null;
    for (const thread of threads) yield* feedbackOnly ? judgedItems(store, thread) : threadLines(store, thread);
  } while (last);
}

async function* attachmentLines(store: MovingStore, userId: string | undefined): AsyncGenerator<string, void> {
  for (let after = ""; ; ) {
    const page = await store.attachmentsAfter(after, ATTACHMENTS);
    const wanted = page.filter((one) => userId === undefined || one.userId === userId);
    if (wanted.length > 0) yield wanted.map((one) => `${JSON.stringify({ type: "attachment", user: one.userId, attachment: inOneOrder(one.attachment) })}\n`).join("");
    const last = page.at(-1);
    if (!last) return;
    after = last.attachment.id;
  }
}

async function* threadLines(store: MovingStore, { userId, thread, updatedAt, runState }: MovedThread): AsyncGenerator<string, void> {
  const updated_at = new Date(updatedAt).toISOString();
  yield `${JSON.stringify({ type: "thread", user: userId, updated_at, thread: inOneOrder(thread) })}\n`;
  // Items are stored as JSON, which is written as it is.
  const head = `{"type":"item","user":${JSON.stringify(userId)},"thread_id":${JSON.stringify(thread.id)},"item":`;
  for (let after = 0; ; ) {
    const items = await store.itemsAfter(userId, thread.id, after, ITEMS);
    const last = items.at(-1);
    if (!last) break;
    yield items.map(({ json }) => `${head}${json}}\n`).join("");
    after = last.position;
  }
  const feedback = await judged(store, userId, thread.id);
  for (const [item_id, kind] of feedback) yield `${JSON.stringify({ type: "feedback", user: userId, thread_id: thread.id, item_id, kind })}\n`;
  if (runState !== undefined) yield `${JSON.stringify({ type: "run_state", user: userId, thread_id: thread.id, state: runState })}\n`;
}

/** The thumbs in a thread; none when it was deleted meanwhile. */
async function judged(store: MovingStore, userId: string, threadId: string): Promise<[string, FeedbackKind][]> {
  const found = await store.loadFeedback(threadId, { userId }).catch(() => ({}));
  return Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, FeedbackKind][];
}

async function* judgedItems(store: MovingStore, { userId, thread }: MovedThread): AsyncGenerator<string, void> {
  const feedback = new Map(await judged(store, userId, thread.id));
  let question: unknown = null;
  for (let after = 0; feedback.size > 0; ) {
    const items = await store.itemsAfter(userId, thread.id, after, ITEMS);
    const last = items.at(-1);
    if (!last) return;
    after = last.position;
    for (const { json } of items) {
      const item = JSON.parse(json) as { id: string; type: string };
      if (item.type === "user_message") question = item;
      const kind = feedback.get(item.id);
      if (!kind) continue;
      feedback.delete(item.id);
      yield `${JSON.stringify({ type: "feedback", user: userId, thread_id: thread.id, item_id: item.id, kind, question, item })}\n`;
    }
  }
}

/** With the fields of all objects by their names: PostgreSQL keeps them in an order of its own, and two stores of the same are to read the same. */
function inOneOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOneOrder);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, part]) => [name, inOneOrder(part)]));
}
