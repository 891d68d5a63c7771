import type { Logger } from "../server/context.ts";
import type { QuotaReason } from "../server/limits.ts";
import type { Accounting } from "../store/upkeep.ts";

type QuotasOptions = {
  store: Partial<Accounting>;
  /** Undefined: any number. */
  maxThreads: number | undefined;
  maxBytes: number | undefined;
  logger: Logger;
  /** While true, nothing is counted. @default never */
  isPaused?: () => boolean;
};

const PERIOD_MS = 60_000;

/**
 * Quotas on what users store. Those who have asked for an answer since the last time are counted once a minute: a count that every
 * message writes would be a row that they all wait for. So a user may exceed a quota by what fits into a minute.
 */
export class Quotas {
  readonly #options: QuotasOptions;
  readonly #writers = new Set<string>();
  readonly #full = new Map<string, QuotaReason>();
  #timer: Timer | undefined;

  constructor(options: QuotasOptions) {
    this.#options = options;
  }

  /** Counts every so often from now on, if there is something to count. */
  start(periodMs = PERIOD_MS): void {
    const { store, maxThreads, maxBytes } = this.#options;
    if (!store.usage || (maxThreads === undefined && maxBytes === undefined)) return;
    // Not to the second: processes that were started together would all come at once.
    this.#timer = setTimeout(() => void this.count().then(() => this.#timer && this.start(periodMs)), periodMs * (0.75 + Math.random() / 2));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Why the user may not begin that, if so. */
  readonly check = (userId: string, isNewThread: boolean): QuotaReason | undefined => {
    this.#writers.add(userId);
    const reason = this.#full.get(userId);
    return reason === "threads_quota" && !isNewThread ? undefined : reason;
  };

  /** One round. Never throws. */
  async count(): Promise<void> {
    if (this.#options.isPaused?.()) return;
    const users = [...this.#writers, ...this.#full.keys()];
    this.#writers.clear();
    for (const userId of new Set(users)) {
      try {
        await this.#countOne(userId);
      } catch (err) {
        this.#writers.add(userId);
        this.#options.logger.warn({ err }, "what a user has stored could not be counted; the next round tries again");
        return;
      }
    }
  }

  async #countOne(userId: string): Promise<void> {
    const { store, maxThreads, maxBytes } = this.#options;
    const usage = await store.usage!(userId, maxBytes);
    if (maxBytes !== undefined && usage.bytes >= maxBytes) this.#full.set(userId, "bytes_quota");
    else if (maxThreads !== undefined && usage.threads >= maxThreads) this.#full.set(userId, "threads_quota");
    else this.#full.delete(userId);
  }
}
