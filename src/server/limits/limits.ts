/**
 * Limits: how much one user, and all together, may ask of this process. What is new is refused here, what has begun is never ended.
 */
import { ChatKitError } from "../../errors.ts";
import { MinuteCounts } from "./minute-counts.ts";

/** A limit that is undefined or 0 does not apply. */
export type LimitOptions = {
  /** How many requests one user may send in a minute. */
  requestsPerMinute?: number | undefined;
  /** How many answers one user may begin in a minute. */
  answersPerMinute?: number | undefined;
  /** How many answers to one user may run at once. */
  answersPerUser?: number | undefined;
  /** How many answers of this process may run at once. */
  answers?: number | undefined;
  /** How many requests from one IPv4 address, or from one /64 of IPv6, may fail to authenticate in a minute. */
  refusalsPerMinute?: number | undefined;
  /** True while the process is overloaded and should begin no answers. @default never */
  isLate?: () => boolean;
  /** Why a user may not store more; undefined if the user may. @default all may */
  quota?: (userId: string, isNewThread: boolean) => QuotaReason | undefined;
};

export type QuotaReason = "threads_quota" | "bytes_quota";

/**
 * How much one user, and all users together, may ask of this process. Each process counts for itself, also when several serve together.
 */
export class Limits {
  readonly #requests: MinuteCounts | undefined;
  readonly #newAnswers: MinuteCounts | undefined;
  readonly #refusals: MinuteCounts | undefined;
  readonly #options: LimitOptions;
  readonly #byUser = new Map<string, number>();
  #answers = 0;

  constructor(options: LimitOptions = {}) {
    this.#options = options;
    this.#requests = countsUpTo(options.requestsPerMinute);
    this.#newAnswers = countsUpTo(options.answersPerMinute);
    this.#refusals = countsUpTo(options.refusalsPerMinute);
  }

  /** Counts a request. @throws ChatKitError rate_limited */
  request(userId: string): void {
    const waitS = this.#requests?.add(userId);
    if (waitS !== undefined) throw tooMany("requests", waitS, "requests_per_minute");
  }

  /** Counts a request that could not be authenticated. @throws ChatKitError rate_limited */
  refusal(address: string): void {
    const waitS = this.#refusals?.add(address);
    if (waitS !== undefined) throw tooMany("requests", waitS, "refusals_per_minute");
  }

  /**
   * Takes a place among the running answers. Call the function that it returns when the answer has ended.
   * @param begins undefined for a client that only reads along with a running answer
   * @throws ChatKitError overloaded, too_many_streams, rate_limited, quota_exceeded
   */
  answer(userId: string, begins: { newThread: boolean } | undefined): () => void {
    const { answers, answersPerUser, isLate, quota } = this.#options;
    const ofUser = this.#byUser.get(userId) ?? 0;
    if (begins && isLate?.()) throw new ChatKitError("overloaded", { reason: "loop_lag" });
    if (answers && this.#answers >= answers) throw new ChatKitError("overloaded", { reason: "answers" });
    if (answersPerUser && ofUser >= answersPerUser) throw new ChatKitError("too_many_streams", { reason: "answers_per_user" });
    const full = begins && quota?.(userId, begins.newThread);
    if (full) throw new ChatKitError("quota_exceeded", { reason: full });
    const waitS = begins && this.#newAnswers?.add(userId);
    if (waitS !== undefined) throw tooMany("messages", waitS, "answers_per_minute");
    this.#answers += 1;
    this.#byUser.set(userId, ofUser + 1);
    return once(() => this.#leave(userId));
  }

  #leave(userId: string): void {
    this.#answers -= 1;
    const left = (this.#byUser.get(userId) ?? 0) - 1;
    if (left > 0) this.#byUser.set(userId, left);
    else this.#byUser.delete(userId);
  }
}

const countsUpTo = (limit: number | undefined) => (limit ? new MinuteCounts(limit) : undefined);

function tooMany(what: string, waitS: number, reason: string): ChatKitError {
  const message = `Too many ${what} in a short time. Try again in ${waitS} ${waitS === 1 ? "second" : "seconds"}.`;
  return new ChatKitError("rate_limited", { message, retryAfterS: waitS, reason });
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
