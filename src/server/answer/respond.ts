import { ChatKitError } from "../../errors.ts";
import type { SentEvent, ThreadStreamEvent } from "../../protocol/events.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { AlreadyOpen } from "../../store/already-open.ts";
import type { Run, RunOpening } from "../../store/store.ts";
import { contextWith } from "../context-with.ts";
import type { RequestContext, Turn } from "../context.ts";
import type { Hooks } from "../hooks.ts";
import { KeptRun } from "../runs/kept-run.ts";
import type { Burst } from "../streams/burst.ts";
import type { Stream } from "../streams/stream.ts";
import { Pipeline } from "./pipeline.ts";
import { replay } from "./replay.ts";
import { ThreadWatch } from "./thread-watch.ts";

/** A turn that holds its thread. */
export type OpenTurn<C extends RequestContext> = {
  thread: ThreadMetadata;
  run: Run;
  /** Names the run besides the request; everything is written with it. */
  context: C;
  /** Yields the stream's options, and then through the pipeline what the hook yields. */
  answer(turn: Turn, hook: (thread: ThreadMetadata, context: C) => AsyncIterable<ThreadStreamEvent>): AsyncGenerator<Burst<SentEvent>, void>;
};

/** Takes the thread for a new run, does `body`, and frees the thread however that ends. */
export async function* withThread<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  threadId: string,
  opening: Omit<RunOpening, "run">,
  body: (turn: OpenTurn<C>) => AsyncGenerator<Burst<SentEvent>, void>,
): AsyncGenerator<Burst<SentEvent>, void> {
  const run: Run = { id: crypto.randomUUID(), threadId, leaseMs: server.leaseMs };
  stream.fate.threadId ??= threadId;
  const thread = await open(server, stream, { ...opening, run });
  if (thread instanceof AlreadyOpen) return yield* replay(server, stream, thread, opening.create !== undefined);
  const kept = new KeptRun(run, stream.context, stream);
  stream.pending = kept.pending;
  server.runs.keep(kept);
  try {
    const context = contextWith(stream.context, { signal: stream.signal, run });
    yield* body({ thread, run, context, answer: (turn, hook) => answer(server, kept, thread, contextWith(context, { turn }), hook) });
  } finally {
    await server.runs.close(kept);
  }
}

/**
 * Takes the thread for the run. If this process has a run there that is about to end, waits for that: a person who presses Stop and
 * writes at once must not be told that the stopped answer is still going on.
 */
async function open<C extends RequestContext>(server: Hooks<C>, stream: Stream<C>, opening: RunOpening): Promise<ThreadMetadata | AlreadyOpen> {
  const { context } = stream;
  let { fingerprint } = stream;
  for (;;) {
    try {
      return await server.store.openRun({ ...opening, ...(fingerprint && { fingerprint }) }, context, server.runs.isDead);
    } catch (error) {
      if (error instanceof AlreadyOpen) {
        const fate = await server.runs.fateOf(error, stream);
        if (fate === "dead") return error;
        // That answer goes on, so the same text was sent a second time on purpose.
        if (fate === "alive") fingerprint = undefined;
      } else {
        const isBusy = error instanceof ChatKitError && error.code === "thread_busy";
        if (!isBusy || !(await server.runs.ending(opening.run.threadId, context))) throw error;
      }
    }
  }
}

async function* answer<C extends RequestContext>(
  server: Hooks<C>,
  kept: KeptRun<C>,
  thread: ThreadMetadata,
  context: C,
  hook: (thread: ThreadMetadata, context: C) => AsyncIterable<ThreadStreamEvent>,
): AsyncGenerator<Burst<SentEvent>, void> {
  kept.messageId = context.turn?.userMessage?.id;
  const watch = new ThreadWatch(thread);
  const options = server.getStreamOptions(watch.copy, context);
  kept.stream.allowCancel = options.allow_cancel;
  yield { type: "stream_options", stream_options: { allow_cancel: options.allow_cancel } };
  const { store, logger, runs } = server;
  yield* new Pipeline({
    store,
    logger,
    context,
    watch,
    kept,
    runs,
    hook: () => hook(watch.copy, context),
    onCancel: (pending) => server.handleStreamCancelled(watch.copy, pending, context),
  }).events();
}
