import { ChatKitError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import type { Run, Store } from "../store/store.ts";
import type { Logger } from "./context.ts";

/** What a crash may take of a text is this much, the time of a write and a tick: together less than the second that is promised. */
const CHECKPOINT_MS = 700;
/** Shorter than that, so that the writes of many answers do not all come at one moment. */
const TICK_MS = 50;
/** How long the end of an answer waits for its thread to be free. */
const CLOSE_WITHIN_MS = 1000;

/** A run in progress, as its keeper sees it. */
export type KeptRun<C> = {
  run: Run;
  context: C;
  /** Items begun and not yet stored. */
  pending: Map<string, ThreadItem>;
  /** Set by whoever changes `pending`; cleared when a checkpoint has it. */
  dirty: boolean;
  /** Aborted when the answer is no longer wanted; the run then ends by itself. */
  signal: AbortSignal;
  abort(reason: ChatKitError): void;
};

/**
 * Keeps the leases of this process's runs alive and their pending items on record: about once a second where something was
 * streamed, else when a third of the lease has gone. One timer for all runs, and none when there is no run.
 */
export class RunKeeper<C> {
  readonly #runs = new Map<KeptRun<C>, number>();
  /** Whose checkpoint is on its way: a second one could overtake it, and be overwritten by what is older. */
  readonly #writing = new Set<KeptRun<C>>();
  #timer: Timer | undefined;
  #emptied: (() => void)[] = [];
  /** Those who wait for the end of a run. */
  readonly #awaited = new Map<KeptRun<C>, PromiseWithResolvers<void>>();

  constructor(
    private readonly store: Store<C>,
    private readonly logger: Logger,
  ) {}

  get size(): number {
    return this.#runs.size;
  }

  keep(kept: KeptRun<C>): void {
    this.#runs.set(kept, Date.now());
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  /**
   * Frees the thread, so that the next message finds it free. A database that does not answer must not hold the reader of an
   * answer that has ended: then the run is closed behind its back.
   */
  async close(kept: KeptRun<C>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_WITHIN_MS);
    await Promise.race([this.#close(kept), late.promise]);
    clearTimeout(timer);
  }

  /** A store that cannot say so is no reason to fail an answer that is complete: the lease runs out. */
  async #close(kept: KeptRun<C>): Promise<void> {
    await this.store.closeRun(kept.run, kept.context).catch((error: unknown) => {
      this.logger.warn({ err: error, thread_id: kept.run.threadId }, "a run could not be closed; its lease will expire");
    });
    this.#runs.delete(kept);
    if (this.#runs.size === 0) this.#idle();
    this.#awaited.get(kept)?.resolve();
    this.#awaited.delete(kept);
  }

  /** Waits for a run of this process on that thread which is about to end; false when there is none. */
  async ending(threadId: string): Promise<boolean> {
    const found = this.#runs.keys().find((kept) => kept.run.threadId === threadId && kept.signal.aborted);
    if (!found) return false;
    const end = this.#awaited.get(found) ?? Promise.withResolvers<void>();
    this.#awaited.set(found, end);
    await end.promise;
    return true;
  }

  /** Waits until no run is left, at most `graceMs`; then aborts what is left and waits for that. */
  async drain(graceMs: number): Promise<void> {
    if (this.#runs.size === 0) return;
    const empty = new Promise<void>((resolve) => this.#emptied.push(resolve));
    const grace = setTimeout(() => {
      for (const kept of this.#runs.keys()) kept.abort(new ChatKitError("shutting_down"));
    }, graceMs);
    await empty.finally(() => clearTimeout(grace));
  }

  #idle(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }

  #tick(): void {
    const time = Date.now();
    for (const [kept, renewedAt] of this.#runs) {
      const isDue = time - renewedAt >= (kept.dirty ? CHECKPOINT_MS : kept.run.leaseMs / 3);
      if (!isDue || this.#writing.has(kept)) continue;
      kept.dirty = false;
      this.#runs.set(kept, time);
      void this.#checkpoint(kept);
    }
  }

  async #checkpoint(kept: KeptRun<C>): Promise<void> {
    this.#writing.add(kept);
    try {
      await this.store.checkpointRun(kept.run, [...kept.pending.values()], kept.context);
    } catch (error) {
      if (!this.#runs.has(kept)) return;
      // Another process has taken the thread over: whatever this run still says must not be written.
      if (error instanceof ChatKitError && error.code === "conflict") kept.abort(error);
      else {
        kept.dirty = true;
        this.logger.warn({ err: error, thread_id: kept.run.threadId }, "a checkpoint failed");
      }
    } finally {
      this.#writing.delete(kept);
    }
  }
}
