import type { Logger } from "../server/context.ts";
import { Worker, type WorkerEnd, type WorkerSettings } from "./worker.ts";

/** A worker that lived shorter than this counts as having died at its start. */
const QUICK_DEATH_MS = 5000;
const MAX_QUICK_DEATHS = 5;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** The exit codes for a wrong configuration and for a schema that does not fit: to start again at once would not help. */
const HOPELESS = [2, 3];

/** A worker that could not be started; `code` is its exit code. */
export class WorkerError extends Error {
  constructor(readonly code: number) {
    super("a worker ended at once, again and again: see what it wrote above");
  }
}

type PostSettings = WorkerSettings & {
  logger: Logger;
  /** Called when a worker has been told to end by somebody else than its supervisor. */
  onAsked: (post: Post) => void;
  /** Asked when a worker ends at once: whether to try again later, since others answer meanwhile. */
  isWorthWaiting: () => boolean;
  giveUp: (error: WorkerError) => void;
};

/** A worker's number, and the process that works under it: started again when it dies, and replaced when that is asked for. */
export class Post {
  readonly #settings: PostSettings;
  /** All that have not ended: the present one, the next, one that retires. */
  readonly #workers = new Set<Worker>();
  readonly #started = Promise.withResolvers<string>();
  #present: Worker | undefined;
  #next: Worker | undefined;
  #quickDeaths = 0;
  #again: Timer | undefined;
  #isStopped = false;

  constructor(
    readonly number: number,
    settings: PostSettings,
  ) {
    this.#settings = settings;
  }

  get isListening(): boolean {
    return this.#present?.isListening ?? false;
  }

  /** Starts its first worker. Resolves when that has the port, or has ended. */
  start(): Promise<void> {
    this.#present = this.#begin();
    return this.#present.bound;
  }

  /** Resolves when the first worker that comes so far answers requests, with the line that describes its agent. */
  get started(): Promise<string> {
    return this.#started.promise;
  }

  /**
   * Starts another worker, with the configuration and the agent that are on disk by now, and lets the present one retire once the
   * other answers. Resolves when it has gone. @throws WorkerError when the other does not come so far: then the present one stays
   */
  async replace(): Promise<void> {
    if (this.#isStopped) return;
    clearTimeout(this.#again);
    const next = (this.#next = this.#begin());
    const isListening = (await next.listening) !== undefined;
    this.#next = undefined;
    if (this.#isStopped) return;
    if (!isListening) {
      const { code } = await next.ended;
      if (!this.#present) this.#tryAgainLater();
      throw new WorkerError(code);
    }
    const last = this.#present;
    this.#present = next;
    last?.retire();
    await last?.ended;
    next.spread();
  }

  /** Lets all end in order; resolves to their exit codes. */
  async stop(): Promise<number[]> {
    this.#isStopped = true;
    clearTimeout(this.#again);
    const codes = [...this.#workers].map(async (worker) => {
      const counts = worker.isListening;
      worker.stop();
      const { code } = await worker.ended;
      return counts ? code : 0;
    });
    return Promise.all(codes);
  }

  leave(): void {
    for (const worker of this.#workers) worker.leave();
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill();
  }

  #begin(): Worker {
    const worker = new Worker(this.number, this.#settings, () => this.#settings.onAsked(this));
    this.#workers.add(worker);
    void worker.listening.then((describe) => describe !== undefined && this.#started.resolve(describe));
    void worker.ended.then((end) => {
      this.#workers.delete(worker);
      if (worker === this.#present && !this.#isStopped) this.#died(worker.hasListened, end);
    });
    return worker;
  }

  #died(hadListened: boolean, { code, signal, livedMs }: WorkerEnd): void {
    const { logger, isWorthWaiting, giveUp } = this.#settings;
    this.#present = undefined;
    this.#quickDeaths = livedMs < QUICK_DEATH_MS ? this.#quickDeaths + 1 : 0;
    logger.error({ worker: this.number, code, signal, lived_ms: livedMs }, "a worker has died");
    const isHopeless = (!hadListened && HOPELESS.includes(code)) || this.#quickDeaths >= MAX_QUICK_DEATHS;
    if (isHopeless && !isWorthWaiting()) return giveUp(new WorkerError(code));
    // Otherwise the next one is on its way.
    if (!this.#next) this.#tryAgainLater();
  }

  #tryAgainLater(): void {
    const delayMs = this.#quickDeaths === 0 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#quickDeaths - 1));
    this.#again = setTimeout(() => void this.start(), delayMs);
  }
}
