/**
 * Runs: each holds a thread while it is answered. Here its lease is renewed, its unfinished text stored once a second, and a write repeated
 * while the store is away; runs whose process died are closed. What an answer says is never decided here.
 */
import { ChatKitError, toChatKitError } from "../../errors.ts";
import { MAX_PAGE_SIZE } from "../../protocol/requests.ts";
import type { AlreadyOpen } from "../../store/already-open.ts";
import { isCutOffNote } from "../../store/cut-off.ts";
import { LostRun } from "../../store/lost-run.ts";
import type { IsDead, Run, Store } from "../../store/store.ts";
import { pause, systemClock, within, type Clock } from "../clock.ts";
import type { Logger, RequestContext } from "../context.ts";
import type { Stream } from "../streams/stream.ts";
import { WRITES, type KeptRun } from "./kept-run.ts";

/** A crash may lose the text of this time, of one write and of one tick: together less than the one second that is promised. */
const CHECKPOINT_MS = 700;
/** Most runs end within this time after their last item; it includes the time to make a title. */
const SETTLE_MS = 1500;
/** How often the runs are looked at. Short, so that the checkpoints of many runs are not all written at the same moment. */
const TICK_MS = 50;
/** How long the end of an answer waits for the store to free the thread. */
const CLOSE_WITHIN_MS = 1000;
/** How long a new message waits for a stopped answer in the same thread to end. */
const END_WITHIN_MS = 4000;
/** Readers are promised to hear within ten seconds that the store is away. Counted from the start of the first write that failed. */
const TELL_AFTER_MS = 7500;
const TRY_AGAIN_MS = 500;
const LOOK_AGAIN_MS = 200;
/** How long an answer may grow, as JSON, while it cannot be stored. */
const MAX_UNSTORED_CHARS = 1024 * 1024;
const AWAY = "the database takes nothing now: an answer is kept, and stored when it does again";
const BACK = "the database can be used again: nothing of an answer waits for it any more";

type RunKeeperOptions = {
  /** How long a thread stays taken after this process has died, in milliseconds. @default 15000 */
  leaseMs?: number;
  clock?: Clock;
};

/**
 * Looks after the runs of one process. A checkpoint renews a run's lease and stores its pending items: about once a second while text
 * is streamed, otherwise each third of a lease. While the store is away, writes are tried again and nothing that was said is lost. One
 * timer serves all runs; without a run there is none.
 */
export class RunKeeper<C extends RequestContext> {
  readonly #renewedAt = new Map<KeptRun<C>, number>();
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #stopTicking: (() => void) | undefined;
  #emptied: (() => void)[] = [];
  /** When a write last failed because the store was away. */
  #awayAt = -Infinity;
  /** Runs of others that did not renew their lease in time, and since when they could have done so: the store was there then. */
  #suspects = new Map<string, number>();
  /** Resolves when the process is about to end and cannot wait for the store any longer. */
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

  isFor(store: Store<C>): boolean {
    return this.store === store;
  }

  get size(): number {
    return this.#renewedAt.size;
  }

  /**
   * Whether the process of a run whose lease has run out is dead. Never true of a run that this process keeps; and of no run for the
   * length of a lease after the store was away, since processes that are alive could not renew their leases then.
   */
  readonly isDead: IsDead = (runId) => {
    if (this.#clock.now() - this.#awayAt < this.#leaseMs) return false;
    return !this.#renewedAt.keys().some(({ run }) => run.id === runId);
  };

  keep(kept: KeptRun<C>): void {
    if (this.#isLeaving) kept.abort(new ChatKitError("shutting_down"));
    this.#renewedAt.set(kept, this.#clock.now());
    WRITES.set(kept.run, (work) => this.write(kept, work));
    this.#stopTicking ??= this.#clock.after(TICK_MS, this.#tick);
  }

  /** The run of this process on that thread. */
  on(threadId: string, { userId }: C): KeptRun<C> | undefined {
    return this.#renewedAt.keys().find(({ run, context }) => run.threadId === threadId && context.userId === userId);
  }

  /** The answer to that message, if it goes on after its readers were told that it failed. A retry then reads it instead of a new one. */
  detached(threadId: string, messageId: string, context: C): Stream<C> | undefined {
    const kept = this.on(threadId, context);
    if (!kept?.stream.isDetached || kept.signal.aborted) return undefined;
    return (kept.messageId ?? messageId) === messageId ? kept.stream : undefined;
  }

  /** Ends the answer in that thread, if this process writes one. */
  threadDeleted(threadId: string, context: C): void {
    this.on(threadId, context)?.abort(new ChatKitError("thread_not_found"));
  }

  /** Notes that an item was stored. */
  stored(kept: KeptRun<C>): void {
    kept.storedAt = this.#clock.now();
    // The last checkpoint may hold an older state of this item. Recovery ignores it, since the item itself is stored.
    if (kept.pending.size === 0) kept.dirty = false;
  }

  /** Does a write of a run, and repeats it while the store is away: a lost connection must not lose what was answered. */
  async write<T>(kept: KeptRun<C>, work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#asks(kept, work);
      try {
        const result = await work();
        kept.underWay.delete(work);
        kept.waiting.delete(work);
        this.#reached(kept);
        return result;
      } catch (error) {
        kept.underWay.delete(work);
        kept.waiting.delete(work);
        if (!isAway(error)) this.#reached(kept);
        if (!isAway(error) || this.#isLeaving) throw error;
        kept.waiting.add(work);
        this.#missed(kept, error);
        await Promise.race([pause(this.#clock, TRY_AGAIN_MS), this.#leaving.promise]);
      }
    }
  }

  /** Does a write while no checkpoint of the run is being written. */
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
   * Frees the thread for the next message. When the database does not answer in time, the stream ends without waiting and the run is
   * closed later: the reader of a complete answer must not be kept.
   */
  async close(kept: KeptRun<C>): Promise<void> {
    kept.isEnding = true;
    await within(this.#clock, CLOSE_WITHIN_MS, this.#close(kept));
  }

  /** Never throws: an answer that is complete has not failed because its run could not be closed. The lease runs out by itself. */
  async #close(kept: KeptRun<C>): Promise<void> {
    try {
      if (!kept.isAbandoned) await this.write(kept, () => this.store.closeRun(kept.run, kept.context));
    } catch (error) {
      this.logger.warn({ ...kept.stream.asked, err: error }, "a run could not be closed; its lease will expire");
    }
    this.#renewedAt.delete(kept);
    if (this.#renewedAt.size === 0) this.#idle();
    kept.ended.resolve();
  }

  /** Waits until this process's run on that thread, if it is about to end, has ended. False when there is none, or it takes too long. */
  async ending(threadId: string, context: C): Promise<boolean> {
    const kept = this.on(threadId, context);
    if (!kept || !(kept.isEnding || kept.signal.aborted)) return false;
    await within(this.#clock, END_WITHIN_MS, kept.ended.promise);
    return !this.#renewedAt.has(kept);
  }

  /** What became of a run that was opened for an earlier sending of the same request body. Waits until that is known. */
  async fateOf({ run, messageId }: AlreadyOpen, { context, signal }: Stream<C>): Promise<"closed" | "alive" | "dead"> {
    if (this.on(run.threadId, context)?.run.id === run.id) return (await this.ending(run.threadId, context)) ? "closed" : "alive";
    // The earliest and the latest time at which its lease can run out: the read may have been slow. Unknown at first.
    let [earliest, latest] = [-Infinity, Infinity];
    let renewals = 0;
    for (; !signal.aborted; await pause(this.#clock, LOOK_AGAIN_MS)) {
      const askedAt = this.#clock.now();
      const left = await this.store.leaseLeft(run, context);
      const now = this.#clock.now();
      // No longer on record. After its lease, that may have been its own process all the same, which only was slow to close it.
      if (left === null) return now >= earliest && (await this.#wasCutOff(run.threadId, messageId, context)) ? "dead" : "closed";
      // Not before its time: where leases go by a clock that can be set, one that was set forward ends them at once.
      if (left === 0 && now >= earliest && this.isDead(run.id)) return "dead";
      // Its lease was renewed since the last look. Not believed the first time: a clock that was set back makes leases longer, too.
      if (left > 0 && askedAt + left > latest + LOOK_AGAIN_MS && ++renewals === 2) return "alive";
      if (left > 0) [earliest, latest] = [askedAt + left, now + left];
    }
    throw new ChatKitError("thread_busy");
  }

  async #wasCutOff(threadId: string, messageId: string, context: C): Promise<boolean> {
    const { data } = await this.store.loadThreadItems(threadId, messageId, MAX_PAGE_SIZE, "asc", context);
    const next = data.findIndex(({ type }) => type === "user_message");
    return data.slice(0, next < 0 ? data.length : next).some(isCutOffNote);
  }

  /**
   * Stores what the runs of dead processes left unfinished, and returns how many there were. To be called every third of a lease: a run
   * is closed when it has had that long to renew its lease. The database may have been away without this process noticing.
   * @throws whatever the store throws
   */
  async recover(): Promise<number> {
    const [startedAt, known, seen] = [this.#clock.now(), this.#suspects, new Set<string>()];
    const closed = await this.#recover((runId) => {
      if (!this.isDead(runId)) return false;
      seen.add(runId);
      return startedAt - (known.get(runId) ?? Infinity) >= this.#leaseMs / 4;
    });
    const now = this.#clock.now();
    this.#suspects = new Map([...seen].map((runId) => [runId, known.get(runId) ?? now]));
    return closed;
  }

  /** Closes that run at once, if its process is dead. */
  async recoverRun({ id }: Pick<Run, "id">): Promise<void> {
    await this.#recover((runId) => runId === id && this.isDead(runId));
  }

  /** Waits until no run is left. After `graceMs` it aborts the remaining runs, and those that begin after that, and waits for them to end. */
  async drain(graceMs: number): Promise<void> {
    if (graceMs <= 0) this.#leave();
    if (this.#renewedAt.size === 0) return;
    const empty = new Promise<void>((resolve) => this.#emptied.push(resolve));
    const callOff = graceMs > 0 ? this.#clock.after(graceMs, () => this.#leave()) : () => {};
    await empty.finally(callOff);
  }

  #leave(): void {
    this.#isLeaving = true;
    this.#leaving.resolve();
    for (const kept of this.#renewedAt.keys()) kept.abort(new ChatKitError("shutting_down"));
  }

  async #recover(isDead: IsDead): Promise<number> {
    try {
      return await this.store.recoverRuns(isDead);
    } catch (error) {
      if (isAway(error)) this.#awayAt = this.#clock.now();
      throw error;
    }
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
      if ((kept.waitingSince ?? now) <= now - TELL_AFTER_MS) kept.stream.giveUp(new ChatKitError("store_unavailable"), now - TELL_AFTER_MS);
      if (kept.isEnding || kept.writing || !isDue(kept, renewedAt, now)) continue;
      kept.dirty = false;
      this.#renewedAt.set(kept, now);
      kept.writing = this.#checkpoint(kept).finally(() => (kept.writing = undefined));
    }
  };

  async #checkpoint(kept: KeptRun<C>): Promise<void> {
    const left = kept.left();
    const isSaved = kept.hasSaved(left);
    this.#asks(kept, left);
    kept.saved = undefined;
    try {
      await this.store.checkpointRun(kept.run, isSaved ? null : left, kept.context);
      kept.underWay.delete(left);
      kept.saved = left;
      this.#reached(kept);
    } catch (thrown) {
      kept.underWay.delete(left);
      const error = toChatKitError(thrown);
      if (!this.#renewedAt.has(kept)) return;
      // Another process has taken over the thread, or somebody has deleted it: this run may write no more.
      if (error instanceof LostRun || error.code === "conflict" || error.code === "thread_not_found") return kept.abort(error);
      kept.dirty = true;
      if (!isAway(error)) {
        this.#reached(kept);
        return this.logger.warn({ ...kept.stream.asked, err: thrown }, "a checkpoint failed");
      }
      this.#missed(kept, error);
      if (JSON.stringify([...kept.pending.values()]).length > MAX_UNSTORED_CHARS) kept.full ??= Promise.withResolvers();
    }
  }

  #missed(kept: KeptRun<C>, error: unknown): void {
    if (!kept.isCutOff) this.logger.warn({ ...kept.stream.asked, err: error }, AWAY);
    kept.isCutOff = true;
    this.#awayAt = this.#clock.now();
  }

  #asks(kept: KeptRun<C>, write: unknown): void {
    const now = this.#clock.now();
    kept.underWay.set(write, now);
    kept.waitingSince ??= now;
  }

  /** One answer says nothing of the writes that the store was asked for before: those may be on a connection that is lost. */
  #reached(kept: KeptRun<C>): void {
    if (kept.waiting.size > 0) return;
    kept.waitingSince = kept.underWay.values().toArray().sort((a, b) => a - b)[0];
    if (kept.isCutOff) this.logger.info(kept.stream.asked, BACK);
    kept.isCutOff = false;
    kept.full?.resolve();
    kept.full = undefined;
  }
}

function isDue({ dirty, storedAt, run: { leaseMs } }: KeptRun<RequestContext>, renewedAt: number, now: number): boolean {
  if (dirty && now - renewedAt >= Math.min(CHECKPOINT_MS, leaseMs / 3)) return true;
  // Not soon after an item was stored: a checkpoint says that more is to come, and most runs are about to end then.
  if (now - storedAt < Math.min(SETTLE_MS, leaseMs / 6)) return false;
  return storedAt > renewedAt || now - renewedAt >= leaseMs / 3;
}

export function isAway(error: unknown): boolean {
  return error instanceof ChatKitError && error.code === "store_unavailable";
}
