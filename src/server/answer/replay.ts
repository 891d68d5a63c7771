import { NotFoundError, StreamError } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { MAX_PAGE_SIZE } from "../../protocol/requests.ts";
import { wireThread } from "../../protocol/serialize.ts";
import type { Page } from "../../protocol/thread.ts";
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
  for (let after: string | undefined = messageId; after !== undefined; ) {
    const page: Page<ThreadItem> = await store.loadVisibleItems(run.threadId, after, MAX_PAGE_SIZE, "asc", context).catch(noneIfDeleted);
    const next = page.data.findIndex(({ type }) => type === "user_message");
    const answer = next < 0 ? page.data : page.data.slice(0, next);
    for (const item of answer) yield { type: "thread.item.done", item };
    isEmpty &&= answer.length === 0;
    after = next < 0 ? page.after : undefined;
  }
  if (isEmpty) throw new StreamError("stream.error");
}

function noneIfDeleted(error: unknown): Page<ThreadItem> {
  if (error instanceof NotFoundError) return { data: [], has_more: false };
  throw error;
}
