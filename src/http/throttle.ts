/**
 * Lets each key through once a period, and only so many keys: what a stranger can make the log say must not fill it (CWE-779).
 */
export class Throttle {
  readonly #until = new Map<string, number>();

  constructor(
    private readonly periodMs = 60_000,
    private readonly maxKeys = 50,
  ) {}

  allows(key: string): boolean {
    const now = performance.now();
    // In order of insertion, so those at the front are the first to expire.
    for (const [old, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(old);
    }
    if (this.#until.has(key) || this.#until.size >= this.maxKeys) return false;
    this.#until.set(key, now + this.periodMs);
    return true;
  }
}
