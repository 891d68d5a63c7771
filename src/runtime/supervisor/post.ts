import type { Logger } from "../../server/context.ts";
import { Worker, type WorkerEnd, type WorkerSettings } from "./worker.ts";

/** A worker that lived shorter than this counts as having died at its start. */
const QUICK_DEATH_MS = 5000;
const MAX_QUICK_DEATHS = 5;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** As in a single process that reloads its agent: one that never finishes loading must not hold up what else is to be replaced. */
const LOADING_MS = 30_000;
/** The exit codes for a wrong configuration and for a database that does not fit: another start would not help. */
const HOPELESS = [2, 3];

/** A worker that could not be started; `code` is its exit code. */
export class WorkerError extends Error {
  constructor(readonly code: number) {
    super("a worker ended at once, again and again: see what it wrote above");
  }
}

type PostSettings = WorkerSettings & {
  logger: Logger;
  /** How long a worker that is to replace another one may take until it can answer. @default 30000 */
  loadingMs?: number;
  /** Called when somebody else than the supervisor has sent the worker a signal to end. */
  onAsked: (post: Post) => void;
  /** Asked when a worker cannot start: whether to try again later, since other workers answer meanwhile. */
  isWorthWaiting: () => boolean;
  giveUp: (error: WorkerError) => void;
};

/** The post with that number, and the worker process that has it. A worker that dies is started again; `replace` starts another one. */
export class Post {
  readonly #settings: PostSettings;
  /** All workers of this post that have not ended: the present one, the next, and the last one while it retires. */
  readonly #workers = new Set<Worker>();
  readonly #started = Promise.withResolvers<string>();
  #present: Worker | undefined;
  #next: Worker | undefined;
  /** The next one, when what it loads is no longer wanted. */
  #outdated: Worker | undefined;
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

  /** All of its workers that answer requests, one that is retiring as well. */
  get listening(): Worker[] {
    return [...this.#workers].filter((worker) => worker.isListening);
  }

  start(): void {
    this.#present = this.#begin();
  }

  /** Resolves to the line that describes the agent, as soon as one of its workers answers requests. */
  get started(): Promise<string> {
    return this.#started.promise;
  }

  /**
   * Starts another worker, with the configuration and the agent as they are on disk now. When it answers requests, the present one
   * retires; resolves when that has ended, to false when the other one was no longer wanted. @throws WorkerError when the other one cannot
   * start; the present one stays then. If that has died meanwhile, another one is tried later
   */
  async replace(): Promise<boolean> {
    if (this.#isStopped) return false;
    clearTimeout(this.#again);
    const next = (this.#next = this.#begin());
    const isListening = await this.#isLoaded(next);
    this.#next = undefined;
    if (this.#isStopped) return false;
    if (!isListening) {
      const { code } = await next.ended;
      if (!this.#present) this.#tryAgainLater();
      if (this.#outdated === next) return false;
      throw new WorkerError(code);
    }
    const last = this.#present;
    this.#present = next;
    last?.retire();
    await last?.ended;
    next.spread();
    return !this.#isStopped;
  }

  /** Ends the next worker while it is still loading: what it loads may be outdated, or never end. */
  endLoading(): void {
    if (!this.#next || this.#next.isListening) return;
    this.#outdated = this.#next;
    this.#next.kill();
  }

  /** Lets its workers end in order; resolves to their exit codes. */
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

  /** Waits until it answers requests, but not for ever. */
  async #isLoaded(next: Worker): Promise<boolean> {
    const { logger, loadingMs = LOADING_MS } = this.#settings;
    const tooLate = setTimeout(() => {
      logger.error({ worker: this.number }, `a worker has not finished loading after ${loadingMs / 1000} s`);
      next.kill();
    }, loadingMs);
    return next.listening.then((described) => described !== undefined).finally(() => clearTimeout(tooLate));
  }

  #died(hadListened: boolean, { code, signal, livedMs }: WorkerEnd): void {
    const { logger, isWorthWaiting, giveUp } = this.#settings;
    this.#present = undefined;
    this.#quickDeaths = livedMs < QUICK_DEATH_MS ? this.#quickDeaths + 1 : 0;
    logger.error({ worker: this.number, code, signal, lived_ms: livedMs }, "a worker has died");
    const isHopeless = (!hadListened && HOPELESS.includes(code)) || this.#quickDeaths >= MAX_QUICK_DEATHS;
    if (isHopeless && !isWorthWaiting()) return giveUp(new WorkerError(code));
    // If there is a next one, it is already starting.
    if (!this.#next) this.#tryAgainLater();
  }

  #tryAgainLater(): void {
    const delayMs = this.#quickDeaths === 0 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#quickDeaths - 1));
    this.#again = setTimeout(() => this.start(), delayMs);
  }
}
