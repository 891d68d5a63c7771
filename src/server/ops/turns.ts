/**
 * The operations, one function each: the six that stream an answer are here, the ten that answer at once in `plain.ts`. Each of the six
 * takes its thread, stores what was sent, and lets a hook answer. A stream is never written from here.
 */
import { ChatKitError } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { ClientToolCallItem } from "../../protocol/items.ts";
import type { ParamsOf } from "../../protocol/requests.ts";
import { wireThread } from "../../protocol/serialize.ts";
import { threadMetadata } from "../../protocol/thread.ts";
import { now } from "../../protocol/timestamp.ts";
import type { RequestContext } from "../context.ts";
import type { Burst } from "../streams/burst.ts";
import type { Hooks } from "../hooks.ts";
import { persist } from "../runs/kept-run.ts";
import { isAway } from "../runs/run-keeper.ts";
import { shownAgain } from "../answer/replay.ts";
import { withThread, type OpenTurn } from "../answer/respond.ts";
import type { Stream } from "../streams/stream.ts";
import { RECENT_ITEMS, withClickNote } from "./click-note.ts";
import { clickedWidget } from "./clicks.ts";
import { outcomeOf, unanswered } from "./given.ts";
import { userMessage } from "./message.ts";
import { answered, isAnsweredWith } from "./structured-input.ts";

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
    const isOpen = (await completeCall(server, turn, params.result)) || (await unanswered(server, turn, input));
    const given = isOpen ? undefined : await outcomeOf(server, turn, (item) => (item.type === "client_tool_call" ? isCompletedWith(item, params.result) : undefined));
    if (given?.outcome === "answered") return yield* shownAgain(server, turn, given.item.id);
    if (!isOpen && !given) throw new ChatKitError("conflict", { message: "No client tool call of this thread is waiting for an output." });
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
    const isOpen = isGiven && (await unanswered(server, turn, input));
    const given = isGiven && !isOpen ? await outcomeOf(server, turn, ({ id }) => (id === asked.id ? true : undefined)) : undefined;
    if (given?.outcome === "answered") return yield* shownAgain(server, turn, asked.id, { type: "thread.item.replaced", item: asked });
    const item = isOpen || given ? asked : answered(asked, params.input);
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
  const { thread_id, action } = params;
  const input = { hash: stream.bodyHash };
  return withThread(server, stream, thread_id, { input }, async function* (turn) {
    const clicked = await clickedWidget(server, turn, params, input.hash);
    // The same answer as OpenAI's Python server gives. Yielded, not thrown: a client's mistake is not logged as an error here.
    if (clicked === "not a widget") return yield { type: "error", code: "stream.error", allow_retry: false };
    if (clicked && "shows" in clicked) return yield* shownAgain(server, turn, clicked.after, clicked.shows, clicked.without);
    const click = clicked && { ...input, sender: clicked };
    if (click) {
      turn.context.sender = clicked;
      // Recorded before the hook changes or removes it: so it is clicked again if this process dies.
      await server.store.recordInput(turn.run, click, turn.context);
    }
    yield* turn.answer({ reason: "action", userMessage: null }, (thread, context) => {
      const events = () => server.action(thread, action, clicked, context);
      return click ? withClickNote(server, thread_id, { action, click, context }, events) : events();
    });
  });
}
