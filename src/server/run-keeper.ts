import { ChatKitError, toChatKitError } from "../errors.ts";
import { LostRun } from "../store/lost-run.ts";
import type { IsDead, Run, Store } from "../store/store.ts";
import { pause, systemClock, within, type Clock } from "./clock.ts";
import type { Logger, RequestContext } from "./context.ts";
import { WRITES, type KeptRun } from "./kept-run.ts";
import type { Stream } from "./stream.ts";

/** What a crash may take of a text is this much, the time of a write and a tick: together less than the second that is promised. */
const CHECKPOINT_MS = 700;
/** An answer has ended that long after its last item; if it has not, it goes on. A title may take that long. */
const SETTLE_MS = 1500;
/** Shorter than that, so that the writes of many answers do not all come at one moment. */
const TICK_MS = 50;
/** How long the end of an answer waits for its thread to be free. */
const CLOSE_WITHIN_MS = 1000;
/** How long a message waits for the end of the answer that was stopped for it. */
const END_WITHIN_MS = 4000;
/** A reader is told within ten seconds that the store is away: this after the first write that failed was begun. */
const TELL_AFTER_MS = 8500;
const TRY_AGAIN_MS = 500;
const LOOK_AGAIN_MS = 200;
/** What an answer may come to while it cannot be stored. */
const MAX_UNSTORED_CHARS = 1024 * 1024;

type RunKeeperOptions = {
  /** Of this process's runs. @default 15000 */
  leaseMs?: number;
  clock?: Clock;
};

/**
 * Keeps the runs of one process: their leases alive and their pending items on record, about once a second where something was
 * streamed, else when a third of the lease has gone; and what they have said, while the store is away. One timer for all runs, and
 * none when there is no run.
 */
export class RunKeeper<C extends RequestContext> {
  readonly #renewedAt = new Map<KeptRun<C>, number>();
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #stopTicking: (() => void) | undefined;
  #emptied: (() => void)[] = [];
  /** When the store was last found to be away. */
  #awayAt = -Infinity;
  /** When the look at dead runs that is under way has begun. */
  #lookingSince = Infinity;
  /** Resolves when the process cannot wait for the store any longer. */
  readonly #leaving = Promise.withResolvers<void>();
  #isLeaving = false;

  constructor(
    private readonly store: Store<C>,
    private readonly logger: Logger,
    { leaseMs = 15_000, clock = systemClock }: RunKeeperOptions = {},
  ) {
    this.#leaseMs = leaseMs;
    this.#clock = clock;
  }

  get size(): number {
    return this.#renewedAt.size;
  }

  /**
   * Not a run of this process, which would have said so. And none for a lease after the store was away, or while it takes long to
   * answer: then whoever else is alive could not renew its own either.
   */
  readonly isDead: IsDead = (runId) => {
    const now = this.#clock.now();
    if (now - this.#awayAt < this.#leaseMs || now - this.#lookingSince > this.#leaseMs / 3) return false;
    return !this.#renewedAt.keys().some(({ run }) => run.id === runId);
  };

  keep(kept: KeptRun<C>): void {
    this.#renewedAt.set(kept, this.#clock.now());
    WRITES.set(kept.run, (work) => this.write(kept, work));
    this.#stopTicking ??= this.#clock.after(TICK_MS, this.#tick);
  }

  /** The run of this process on that thread. */
  on(threadId: string, { userId }: C): KeptRun<C> | undefined {
    return this.#renewedAt.keys().find(({ run, context }) => run.threadId === threadId && context.userId === userId);
  }

  /** The answer to that message, where it goes on although its reader was told that it failed: who asks for it again reads it. */
  detached(threadId: string, messageId: string, context: C): Stream<C> | undefined {
    const kept = this.on(threadId, context);
    if (!kept?.stream.isDetached || kept.signal.aborted) return undefined;
    return (kept.messageId ?? messageId) === messageId ? kept.stream : undefined;
  }

  /** Ends what is being answered there. */
  threadDeleted(threadId: string, context: C): void {
    this.on(threadId, context)?.abort(new ChatKitError("thread_not_found"));
  }

  /** Notes that an item was stored. */
  stored(kept: KeptRun<C>): void {
    kept.storedAt = this.#clock.now();
    // What is on record is older than that, and no harm: what was stored is not taken from there.
    if (kept.pending.size === 0) kept.dirty = false;
  }

  /** Does a write of a run, and again while the store is away: what an answer has said must not be lost with a connection. */
  async write<T>(kept: KeptRun<C>, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const triedAt = this.#clock.now();
      try {
        const result = await work();
        this.#reached(kept);
        return result;
      } catch (error) {
        if (!isAway(error) || this.#isLeaving) throw error;
        this.#missed(kept, triedAt);
        await Promise.race([pause(this.#clock, TRY_AGAIN_MS), this.#leaving.promise]);
      }
    }
  }

  /** A write that no checkpoint may overtake. */
  async writeAlone<T>(kept: KeptRun<C>, work: () => Promise<T>): Promise<T> {
    while (kept.writing) await kept.writing;
    const done = Promise.withResolvers<void>();
    kept.writing = done.promise;
    try {
      return await this.write(kept, work);
    } finally {
      kept.writing = undefined;
      done.resolve();
    }
  }

  /**
   * Frees the thread, so that the next message finds it free. A database that does not answer must not hold the reader of an
   * answer that has ended: then the run is closed behind its back.
   */
  async close(kept: KeptRun<C>): Promise<void> {
    kept.isEnding = true;
    await within(this.#clock, CLOSE_WITHIN_MS, this.#close(kept));
  }

  /** A store that cannot say so is no reason to fail an answer that is complete: the lease runs out. */
  async #close(kept: KeptRun<C>): Promise<void> {
    try {
      await this.write(kept, () => this.store.closeRun(kept.run, kept.context));
    } catch (error) {
      this.logger.warn({ err: error, thread_id: kept.run.threadId }, "a run could not be closed; its lease will expire");
    }
    this.#renewedAt.delete(kept);
    if (this.#renewedAt.size === 0) this.#idle();
    kept.ended.resolve();
  }

  /** Waits for a run of this process on that thread which is about to end; false when there is none. */
  async ending(threadId: string, context: C): Promise<boolean> {
    const kept = this.on(threadId, context);
    if (!kept || !(kept.isEnding || kept.signal.aborted)) return false;
    await within(this.#clock, END_WITHIN_MS, kept.ended.promise);
    return !this.#renewedAt.has(kept);
  }

  /** What became of a run that the body of that stream has opened before: waits until that is known. */
  async fateOf(run: Pick<Run, "id" | "threadId">, { context, signal }: Stream<C>): Promise<"closed" | "alive" | "dead"> {
    if (this.on(run.threadId, context)?.run.id === run.id) return (await this.ending(run.threadId, context)) ? "closed" : "alive";
    for (let runsOutAt = -Infinity; !signal.aborted; await pause(this.#clock, LOOK_AGAIN_MS)) {
      const left = await this.store.leaseLeft(run, context);
      const now = this.#clock.now();
      // Gone when its lease had run out: somebody else has stored what it left.
      if (left === null) return now < runsOutAt || runsOutAt === -Infinity ? "closed" : "dead";
      if (left === 0 && this.isDead(run.id)) return "dead";
      // Somebody has renewed it.
      if (runsOutAt !== -Infinity && now + left > runsOutAt + LOOK_AGAIN_MS) return "alive";
      runsOutAt = now + left;
    }
    throw new ChatKitError("thread_busy");
  }

  /** Stores what the runs of dead processes have left; answers how many there were. @throws whatever the store does */
  async recover(): Promise<number> {
    this.#lookingSince = this.#clock.now();
    try {
      return await this.store.recoverRuns(this.isDead);
    } catch (error) {
      if (isAway(error)) this.#awayAt = this.#clock.now();
      throw error;
    } finally {
      this.#lookingSince = Infinity;
    }
  }

  /** Waits until no run is left, at most `graceMs`; then aborts what is left and waits for that. */
  async drain(graceMs: number): Promise<void> {
    if (this.#renewedAt.size === 0) return;
    const empty = new Promise<void>((resolve) => this.#emptied.push(resolve));
    const callOff = this.#clock.after(graceMs, () => {
      this.#isLeaving = true;
      this.#leaving.resolve();
      for (const kept of this.#renewedAt.keys()) kept.abort(new ChatKitError("shutting_down"));
    });
    await empty.finally(callOff);
  }

  #idle(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }

  readonly #tick = (): void => {
    this.#stopTicking = this.#clock.after(TICK_MS, this.#tick);
    const now = this.#clock.now();
    for (const [kept, renewedAt] of this.#renewedAt) {
      if ((kept.awaySince ?? now) <= now - TELL_AFTER_MS) kept.stream.giveUp(new ChatKitError("store_unavailable"), now - TELL_AFTER_MS);
      if (kept.isEnding || kept.writing || !isDue(kept, renewedAt, now)) continue;
      kept.dirty = false;
      this.#renewedAt.set(kept, now);
      kept.writing = this.#checkpoint(kept, now).finally(() => (kept.writing = undefined));
    }
  };

  async #checkpoint(kept: KeptRun<C>, triedAt: number): Promise<void> {
    const pending = [...kept.pending.values()];
    try {
      await this.store.checkpointRun(kept.run, pending, kept.context);
      this.#reached(kept);
    } catch (thrown) {
      const error = toChatKitError(thrown);
      if (!this.#renewedAt.has(kept)) return;
      // Another process has taken the thread over, or somebody has deleted it: whatever this run still says must not be written.
      if (error instanceof LostRun || error.code === "conflict" || error.code === "thread_not_found") return kept.abort(error);
      kept.dirty = true;
      if (kept.awaySince === undefined) this.logger.warn({ err: thrown, thread_id: kept.run.threadId }, "a checkpoint failed");
      if (!isAway(error)) return;
      this.#missed(kept, triedAt);
      if (JSON.stringify(pending).length > MAX_UNSTORED_CHARS) kept.full ??= Promise.withResolvers();
    }
  }

  #missed(kept: KeptRun<C>, triedAt: number): void {
    kept.awaySince ??= triedAt;
    this.#awayAt = this.#clock.now();
  }

  #reached(kept: KeptRun<C>): void {
    kept.awaySince = undefined;
    kept.full?.resolve();
    kept.full = undefined;
  }
}

function isDue({ dirty, storedAt, run: { leaseMs } }: KeptRun<RequestContext>, renewedAt: number, now: number): boolean {
  if (dirty && now - renewedAt >= Math.min(CHECKPOINT_MS, leaseMs / 3)) return true;
  // Not in between: it would say of a whole answer that there is more to come.
  if (now - storedAt < Math.min(SETTLE_MS, leaseMs / 6)) return false;
  return storedAt > renewedAt || now - renewedAt >= leaseMs / 3;
}

function isAway(error: unknown): boolean {
  return error instanceof ChatKitError && error.code === "store_unavailable";
}
