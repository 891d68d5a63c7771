/**
 * The operations, one function each: the six that stream an answer are here, the ten that answer at once in `plain.ts`. Each of the six
 * takes its thread, stores what was sent, and lets a hook answer. A stream is never written from here.
 */
import { ChatKitError, NotFoundError } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { ClientToolCallItem, WidgetItem } from "../../protocol/items.ts";
import type { ParamsOf } from "../../protocol/requests.ts";
import { wireThread } from "../../protocol/serialize.ts";
import { threadMetadata } from "../../protocol/thread.ts";
import { now } from "../../protocol/timestamp.ts";
import { unansweredBy } from "../../store/cut-off.ts";
import type { RunInput } from "../../store/store.ts";
import type { RequestContext } from "../context.ts";
import type { Burst } from "../streams/burst.ts";
import type { Hooks } from "../hooks.ts";
import { persist } from "../runs/kept-run.ts";
import { isAway } from "../runs/run-keeper.ts";
import { withThread, type OpenTurn } from "../answer/respond.ts";
import type { Stream } from "../streams/stream.ts";
import { userMessage } from "./message.ts";
import { answered, isAnsweredWith } from "./structured-input.ts";
import { wasStopped } from "./was-stopped.ts";

/** After a client tool call come hidden notes at most. */
const RECENT_ITEMS = 20;

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
  const sent = userMessage(server, create, params.input, stream.context);
  const refused = await sent.then(() => undefined, (error: unknown) => ({ error }));
  if (refused) {
    if (isAway(refused.error)) throw refused.error;
    // The thread is kept, empty, as OpenAI's Python server does: the page opens it before it reads the error.
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
  const opening = await userMessage(server, thread, params.input, stream.context);
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
  const input = { hash: stream.bodyHash };
  return withThread(server, stream, params.thread_id, { input }, async function* (turn) {
    const isOpen =
      (await completeCall(server, turn, params.result)) ||
      (await unanswered(server, turn, input)) ||
      (await wasStopped(server, turn, (item) => (item.type === "client_tool_call" ? isCompletedWith(item, params.result) : undefined)));
    if (!isOpen) throw new ChatKitError("conflict", { message: "No client tool call of this thread is waiting for an output." });
    yield* turn.answer({ reason: "client_tool", userMessage: null }, (thread, context) => server.respond(thread, null, context));
  });
}

/** Whether the newest pending call is completed with that output now. */
function completeCall<C extends RequestContext>({ store }: Hooks<C>, { thread, context }: OpenTurn<C>, output: unknown): Promise<boolean> {
  let wasTried = false;
  return persist(context, async () => {
    const isFirst = !wasTried;
    wasTried = true;
    if (await store.completeClientToolCall(thread.id, output, context)) return true;
    // If only the answer to the first attempt was lost, no call is pending any more.
    const newest = isFirst ? [] : await store.recentItems(thread.id, RECENT_ITEMS, context);
    const call = newest.findLast((item) => item.type === "client_tool_call");
    return call !== undefined && isCompletedWith(call, output);
  });
}

const isCompletedWith = (call: ClientToolCallItem, output: unknown) => call.status === "completed" && Bun.deepEquals(call.output ?? null, output ?? null);

/** threads.add_structured_input */
export function addStructuredInput<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.add_structured_input">,
): Events {
  const input = { hash: stream.bodyHash };
  return withThread(server, stream, params.thread_id, { input }, async function* (turn) {
    const asked = await server.store.loadItem(turn.thread.id, params.item_id, turn.context);
    const isGiven = isAnsweredWith(asked, params.input);
    const isOpen = isGiven && ((await unanswered(server, turn, input)) || (await wasStopped(server, turn, ({ id }) => (id === asked.id ? true : undefined))));
    const item = isOpen ? asked : answered(asked, params.input);
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
    const message = await server.store.deleteItemsAfter(turn.thread.id, params.item_id, turn.context);
    yield* turn.answer({ reason: "retry", userMessage: message }, (thread, context) => server.respond(thread, message, context));
  });
}

/** threads.custom_action */
export function customAction<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  params: ParamsOf<"threads.custom_action">,
): Events {
  const { thread_id, item_id } = params;
  const input = { hash: stream.bodyHash };
  return withThread(server, stream, thread_id, { input }, async function* (turn) {
    // Read when the run is open: until then the answer before may write to the widget, and what this one writes would undo that.
    const sender = (await unanswered(server, turn, input))?.sender ?? (await senderOf(server, thread_id, item_id, turn.context));
    // The same answer as OpenAI's Python server gives. Yielded, not thrown: a client's mistake is not logged as an error here.
    if (sender === "not a widget") return yield { type: "error", code: "stream.error", allow_retry: false };
    if (sender) {
      turn.context.sender = sender;
      // Recorded before the hook changes or removes it: so it is clicked again if this process dies.
      await server.store.recordInput(turn.run, { ...input, sender }, turn.context);
    }
    yield* turn.answer({ reason: "action", userMessage: null }, (thread, context) => server.action(thread, params.action, sender, context));
  });
}

/** The widget an action came from, if it names one. @throws NotFoundError */
export async function senderOf<C extends RequestContext>(
  server: Hooks<C>,
  threadId: string,
  itemId: string | undefined,
  context: C,
): Promise<WidgetItem | null | "not a widget"> {
  if (itemId === undefined || itemId === "") return null;
  const item = await server.store.loadItem(threadId, itemId, context);
  if (item.type === "hidden_context_item" || item.type === "sdk_hidden_context") throw new NotFoundError("item", itemId);
  return item.type === "widget" ? item : "not a widget";
}

/**
 * The input, if it is the newest thing in the thread and the process that answered it has died: then it is already stored and only has
 * to be answered.
 */
async function unanswered<C extends RequestContext>(server: Hooks<C>, turn: OpenTurn<C>, { hash }: RunInput): Promise<RunInput | undefined> {
  const [newest] = await server.store.recentItems(turn.thread.id, 1, turn.context);
  const left = unansweredBy(newest);
  if (left?.hash !== hash) return undefined;
  if (left.sender) return left;
  // It may have died as soon as it had taken the thread over from another one that had died of that input: that one has left the widget.
  const recent = (await server.store.recentItems(turn.thread.id, RECENT_ITEMS, turn.context)).map(unansweredBy);
  const ofInput = recent.slice(recent.findLastIndex((one) => one?.hash !== hash) + 1);
  return ofInput.findLast((one) => one?.sender) ?? left;
}
