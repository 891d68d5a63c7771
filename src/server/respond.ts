import { ChatKitError } from "../errors.ts";
import type { SentEvent, ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { AlreadyOpen } from "../store/already-open.ts";
import type { Run, RunOpening } from "../store/store.ts";
import type { Burst } from "./burst.ts";
import { storeCutOff } from "./cancel.ts";
import type { RequestContext, Turn } from "./context.ts";
import type { Hooks } from "./hooks.ts";
import { Pipeline } from "./pipeline.ts";
import { replay } from "./replay.ts";
import type { KeptRun } from "./run-keeper.ts";
import type { Stream } from "./stream.ts";
import { ThreadWatch } from "./thread-watch.ts";

/** A turn that holds its thread. */
export type OpenTurn<C extends RequestContext> = {
  thread: ThreadMetadata;
  run: Run;
  /** Streams the options and then what the hook yields, through the pipeline. */
  answer(turn: Turn, hook: (thread: ThreadMetadata, context: C) => AsyncIterable<ThreadStreamEvent>): AsyncGenerator<Burst<SentEvent>, void>;
};

/** Takes the thread, does `body`, and frees the thread however that ends. */
export async function* withThread<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  threadId: string,
  opening: Omit<RunOpening, "run">,
  body: (turn: OpenTurn<C>) => AsyncGenerator<Burst<SentEvent>, void>,
): AsyncGenerator<Burst<SentEvent>, void> {
  const run: Run = { id: crypto.randomUUID(), threadId, leaseMs: server.leaseMs };
  const thread = await open(server, stream, { ...opening, run, ...(stream.fingerprint && { fingerprint: stream.fingerprint }) });
  if (thread instanceof AlreadyOpen) return yield* replay(server, stream, thread, opening.create !== undefined);
  const { context, signal } = stream;
  const kept: KeptRun<C> = { run, context, pending: new Map(), dirty: false, signal, abort: (reason) => stream.abort(reason) };
  stream.pending = kept.pending;
  server.runs.keep(kept);
  try {
    yield* body({ thread, run, answer: (turn, hook) => answer(server, stream, kept, thread, turn, hook) });
  } finally {
    await server.runs.close(kept);
  }
}

async function open<C extends RequestContext>(server: Hooks<C>, stream: Stream<C>, opening: RunOpening): Promise<ThreadMetadata | AlreadyOpen> {
  try {
    return await server.store.openRun(opening, stream.context);
  } catch (error) {
    if (error instanceof AlreadyOpen) return error;
    // Who presses Stop and writes at once should not be told that the stopped answer is still going.
    const busy = error instanceof ChatKitError && error.code === "thread_busy";
    if (!busy || !(await server.runs.ending(opening.run.threadId))) throw error;
    return server.store.openRun(opening, stream.context);
  }
}

async function* answer<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  kept: KeptRun<C>,
  thread: ThreadMetadata,
  turn: Turn,
  hook: (thread: ThreadMetadata, context: C) => AsyncIterable<ThreadStreamEvent>,
): AsyncGenerator<Burst<SentEvent>, void> {
  const context = turnContext(stream, turn);
  const watch = new ThreadWatch(thread);
  const options = server.getStreamOptions(watch.copy, context);
  stream.allowCancel = options.allow_cancel;
  yield { type: "stream_options", stream_options: { allow_cancel: options.allow_cancel } };
  const { store, logger } = server;
  yield* new Pipeline({
    store,
    logger,
    context,
    watch,
    kept,
    signal: stream.signal,
    hook: () => hook(watch.copy, context),
    onCancel: (pending) => server.handleStreamCancelled(watch.copy, pending, context),
    onCutOff: (pending) => storeCutOff(store, watch.copy, pending, context),
  }).events();
}

/**
 * The request's context for one turn's hooks. A plain object is copied, since a caller may use it for several requests; an object of
 * a class of the user's own cannot be without losing its private fields, and is that request's alone.
 */
function turnContext<C extends RequestContext>({ context, signal }: Stream<C>, turn: Turn): C {
  const isPlain = Object.getPrototypeOf(context) === Object.prototype;
  return Object.assign(isPlain ? { ...context } : context, { signal, turn });
}
