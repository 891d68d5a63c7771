/**
 * The operations, one function each: those that stream an answer here, those that answer at once in `plain.ts`. A stream is never written
 * from here: each takes its thread, stores what was sent, and lets a hook answer.
 */
import { ChatKitError, NotFoundError } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { WidgetItem } from "../../protocol/items.ts";
import type { ParamsOf } from "../../protocol/requests.ts";
import { wireThread } from "../../protocol/serialize.ts";
import { threadMetadata, type ThreadMetadata } from "../../protocol/thread.ts";
import { now } from "../../protocol/timestamp.ts";
import type { RequestContext } from "../context.ts";
import type { Burst } from "../burst.ts";
import type { Hooks } from "../hooks.ts";
import { withThread, type OpenTurn } from "../respond.ts";
import type { Stream } from "../stream.ts";
import { userMessage } from "./message.ts";
import { answered } from "./structured-input.ts";

/** The six streaming operations: each takes its thread, stores what was sent, and lets a hook answer. */
type Events = AsyncGenerator<Burst<SentEvent>, void>;

/** threads.create */
export async function* createThread<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.create">,
): Events {
  const { store } = server;
  const create = threadMetadata.parse({ id: store.generateThreadId(stream.context), created_at: now() });
  const created: SentEvent = { type: "thread.created", thread: wireThread(create) };
  const sent = userMessage(store, create, params.input, stream.context);
  const refused = await sent.then(() => undefined, (error: unknown) => ({ error }));
  if (refused) {
    // The person's thread stays, empty, as in the reference: the page has opened it by then.
    await store.saveThread(create, stream.context);
    yield created;
    throw refused.error;
  }
  const opening = await sent;
  yield* withThread(server, stream, create.id, { ...opening, create }, async function* (turn) {
    yield created;
    yield* respondTo(server, turn, opening.message);
  });
}

/** threads.add_user_message */
export async function* addUserMessage<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.add_user_message">,
): Events {
  const thread = await server.store.loadThread(params.thread_id, stream.context);
  const opening = await userMessage(server.store, thread, params.input, stream.context);
  yield* withThread(server, stream, thread.id, opening, (turn) => respondTo(server, turn, opening.message));
}

async function* respondTo<C extends RequestContext>(
  server: Hooks<C>,
  turn: OpenTurn<C>,
  message: Awaited<ReturnType<typeof userMessage>>["message"],
): Events {
  yield { type: "thread.item.done", item: message };
  yield* turn.answer({ reason: "message", userMessage: message }, (thread, context) => server.respond(thread, message, context));
}

/** threads.add_client_tool_output */
export function addClientToolOutput<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.add_client_tool_output">,
): Events {
  return withThread(server, stream, params.thread_id, {}, async function* (turn) {
    const completed = await server.store.completeClientToolCall(turn.thread.id, params.result, stream.context, turn.run);
    if (!completed) throw new ChatKitError("conflict", { message: "No client tool call of this thread is waiting for an output." });
    yield* turn.answer({ reason: "client_tool", userMessage: null }, (thread, context) => server.respond(thread, null, context));
  });
}

/** threads.add_structured_input */
export function addStructuredInput<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.add_structured_input">,
): Events {
  return withThread(server, stream, params.thread_id, {}, async function* (turn) {
    const item = answered(await server.store.loadItem(turn.thread.id, params.item_id, stream.context), params.input);
    yield* turn.answer({ reason: "structured_input", userMessage: null }, async function* (thread, context) {
      yield { type: "thread.item.replaced", item };
      yield* server.respond(thread, null, context);
    });
  });
}

/** threads.retry_after_item */
export function retryAfterItem<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.retry_after_item">,
): Events {
  return withThread(server, stream, params.thread_id, {}, async function* (turn) {
    const message = await server.store.deleteItemsAfter(turn.thread.id, params.item_id, stream.context, turn.run);
    yield* turn.answer({ reason: "retry", userMessage: message }, (thread, context) => server.respond(thread, message, context));
  });
}

/** threads.custom_action */
export function customAction<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.custom_action">,
): Events {
  return withThread(server, stream, params.thread_id, {}, async function* (turn) {
    const sender = await senderOf(server, turn.thread, params.item_id, stream.context);
    // The reference's own answer to a sender that is no widget. The client's mistake is no error of ours to log.
    if (sender === "not a widget") return yield { type: "error", code: "stream.error", allow_retry: false };
    yield* turn.answer({ reason: "action", userMessage: null }, (thread, context) => server.action(thread, params.action, sender, context));
  });
}

/** The widget an action came from, if it names one. */
export async function senderOf<C extends RequestContext>(
  server: Hooks<C>,
  thread: ThreadMetadata,
  itemId: string | undefined,
  context: C,
): Promise<WidgetItem | null | "not a widget"> {
  if (itemId === undefined || itemId === "") return null;
  const item = await server.store.loadItem(thread.id, itemId, context);
  if (item.type === "hidden_context_item" || item.type === "sdk_hidden_context") throw new NotFoundError("item", itemId);
  return item.type === "widget" ? item : "not a widget";
}
