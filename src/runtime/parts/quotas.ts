import type { Logger } from "../../server/context.ts";
import type { QuotaReason } from "../../server/limits/limits.ts";
import type { Accounting } from "../../store/upkeep.ts";

type QuotasOptions = {
  store: Partial<Accounting>;
  /** Undefined for no limit. */
  maxThreads: number | undefined;
  maxBytes: number | undefined;
  logger: Logger;
  /** True while nothing should be counted. @default never */
  isPaused?: () => boolean;
};

const PERIOD_MS = 60_000;

/**
 * Quotas on what users store. Once a minute, what the users of the last minute have stored is counted: a count that each message updates
 * would be a row that all messages of a user wait for. So a user may exceed the quota by as much as can be stored in a minute.
 */
export class Quotas {
  readonly #options: QuotasOptions;
  readonly #writers = new Set<string>();
  readonly #full = new Map<string, QuotaReason>();
  #timer: Timer | undefined;

  constructor(options: QuotasOptions) {
    this.#options = options;
  }

  /** Begins to count periodically, if there is a quota. */
  start(periodMs = PERIOD_MS): void {
    const { store, maxThreads, maxBytes } = this.#options;
    if (!store.usage || (maxThreads === undefined && maxBytes === undefined)) return;
    // With random variation, so that processes that were started together do not all count at once.
    this.#timer = setTimeout(() => void this.count().then(() => this.#timer && this.start(periodMs)), periodMs * (0.75 + Math.random() / 2));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Why the user may not store more; undefined if the user may. */
  readonly check = (userId: string, isNewThread: boolean): QuotaReason | undefined => {
    this.#writers.add(userId);
    const reason = this.#full.get(userId);
    return reason === "threads_quota" && !isNewThread ? undefined : reason;
  };

  /** Counts once. Never throws. */
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
