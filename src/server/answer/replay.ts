import { NotFoundError, StreamError } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { MAX_PAGE_SIZE } from "../../protocol/requests.ts";
import { wireThread } from "../../protocol/serialize.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import type { AlreadyOpen } from "../../store/already-open.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";
import type { Stream } from "../streams/stream.ts";

/**
 * Answers a request that was sent again after the process of its first answer had died: with what is stored of that answer, up to the
 * next message. Nothing is stored a second time and no model is called.
 */
export async function* replay<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  { run, messageId }: AlreadyOpen,
  isNewThread: boolean,
): AsyncGenerator<SentEvent, void> {
  const { store } = server;
  const { context } = stream;
  stream.fate.threadId = run.threadId;
  if (isNewThread) yield { type: "thread.created", thread: wireThread(await store.loadThread(run.threadId, context)) };
  yield { type: "thread.item.done", item: await store.loadItem(run.threadId, messageId, context) };
  yield { type: "stream_options", stream_options: { allow_cancel: false } };
  // Stores what the dead process left unfinished, unless somebody else has.
  await server.runs.recoverRun(run);
  let isEmpty = true;
  for await (const event of answerAfter(server, run.threadId, messageId, context)) {
    isEmpty = false;
    yield event;
  }
  if (isEmpty) throw new StreamError("stream.error");
}

/**
 * Answers what was given before and whose whole answer is stored, although the page never saw it: with that answer. Nothing is stored and
 * no hook is called.
 * @param shows what has become of the item that the person has answered or clicked
 * @param without the ids of items that are not shown
 */
export async function* shownAgain<C extends RequestContext>(
  server: Hooks<C>,
  { thread, context }: { thread: ThreadMetadata; context: C },
  after: string,
  shows?: SentEvent,
  without: ReadonlySet<string> = new Set(),
): AsyncGenerator<SentEvent, void> {
  yield { type: "stream_options", stream_options: { allow_cancel: false } };
  if (shows) yield shows;
  for await (const event of answerAfter(server, thread.id, after, context)) if (!without.has(event.item.id)) yield event;
}

/** The stored items after that one, up to the next message. */
async function* answerAfter<C extends RequestContext>({ store }: Hooks<C>, threadId: string, itemId: string, context: C): AsyncGenerator<Extract<SentEvent, { type: "thread.item.done" }>, void> {
  for (let after: string | undefined = itemId; after !== undefined; ) {
    const page: Page<ThreadItem> = await store.loadVisibleItems(threadId, after, MAX_PAGE_SIZE, "asc", context).catch(noneIfDeleted);
    const next = page.data.findIndex(({ type }) => type === "user_message");
    for (const item of next < 0 ? page.data : page.data.slice(0, next)) yield { type: "thread.item.done", item };
    after = next < 0 ? page.after : undefined;
  }
}

function noneIfDeleted(error: unknown): Page<ThreadItem> {
  if (error instanceof NotFoundError) return { data: [], has_more: false };
  throw error;
}
