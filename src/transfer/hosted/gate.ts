import { setTimeout as sleep } from "node:timers/promises";

/** After so many successes for each allowed request, one more request at a time is allowed. */
const TRUST_AFTER = 8;

/**
 * Limits the number of requests at a time. A single refusal may concern only its own request; when a server refuses two with no success in
 * between, the number is halved and no request is sent for as long as it asks. After successes the number grows again, one by one.
 */
export class Gate {
  #limit: number;
  #inside = 0;
  #content = 0;
  #refusals = 0;
  #opensAt = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly most: number,
    private readonly signal: AbortSignal,
  ) {
    this.#limit = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#limit) this.#inside++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      for (let wait = this.waitMs; wait > 0; wait = this.waitMs) await sleep(wait, undefined, { signal: this.signal });
      this.signal.throwIfAborted();
      const value = await work();
      this.#grow();
      return value;
    } finally {
      this.#inside--;
      this.#admit();
    }
  }

  /** How long no request will be sent. */
  get waitMs(): number {
    return this.#opensAt - performance.now();
  }

  /** Notes that a request was refused; that request waits by itself. */
  refused(waitMs: number): void {
    if (++this.#refusals < 2) return;
    // Only once: requests that were under way then are refused for the same reason.
    if (this.waitMs <= 0) this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#content = 0;
    this.#opensAt = Math.max(this.#opensAt, performance.now() + waitMs);
  }

  #grow(): void {
    this.#refusals = 0;
    if (++this.#content < this.#limit * TRUST_AFTER || this.#limit >= this.most) return;
    this.#limit++;
    this.#content = 0;
    this.#admit();
  }

  #admit(): void {
    while (this.#inside < this.#limit && this.#waiting.length > 0) {
      this.#inside++;
      this.#waiting.shift()!();
    }
  }
}
