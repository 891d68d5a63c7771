const MINUTE_MS = 60_000;
/**
 * How many keys one of the two generations holds; together they take some 20 MB. When there are more keys in a minute, the counts of
 * those seen least recently are forgotten.
 */
const MAX_KEYS = 50_000;

type Count = { since: number; events: number };

/**
 * Counts events by key, for each key in minutes that begin with its first event. Unlike limiter libraries it has no timer for each key:
 * the timers of a million users that end together would hold the event loop for a second.
 */
export class MinuteCounts {
  #recent = new Map<string, Count>();
  #older = new Map<string, Count>();
  #turnedAt = 0;

  /** @param limit how many events a key may have in a minute */
  constructor(
    private readonly limit: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts an event. When the key has reached its limit it counts nothing, and returns how many seconds its minute still lasts. */
  add(key: string): number | undefined {
    const now = this.now();
    const count = this.#count(key, now);
    if (count.events >= this.limit) return Math.max(1, Math.ceil((count.since + MINUTE_MS - now) / 1000));
    count.events += 1;
    return undefined;
  }

  #count(key: string, now: number): Count {
    if (now - this.#turnedAt > MINUTE_MS || this.#recent.size >= MAX_KEYS) this.#turn(now);
    let count = this.#recent.get(key);
    if (!count) {
      count = this.#older.get(key) ?? { since: now, events: 0 };
      this.#recent.set(key, count);
    }
    if (now - count.since >= MINUTE_MS) {
      count.since = now;
      count.events = 0;
    }
    return count;
  }

  /** Forgets the keys that had no event since the last call. */
  #turn(now: number): void {
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#turnedAt = now;
  }
}
