/**
 * For log lines that anybody can cause: allows each key once a period, and only so many keys in it, so that nobody fills the log
 * (CWE-779).
 */
export class Throttle {
  readonly #until = new Map<string, number>();

  constructor(
    private readonly periodMs = 60_000,
    private readonly maxKeys = 50,
    private readonly now: () => number = () => performance.now(),
  ) {}

  allows(key: string): boolean {
    const now = this.now();
    // A Map keeps the order of insertion, so the first keys expire first.
    for (const [old, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(old);
    }
    if (this.#until.has(key) || this.#until.size >= this.maxKeys) return false;
    this.#until.set(key, now + this.periodMs);
    return true;
  }
}
