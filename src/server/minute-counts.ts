const MINUTE_MS = 60_000;
/**
 * Keys of one generation, of which there are two: some 20 MB. When more people than that come within a minute, the counts of those who
 * have come least recently are forgotten.
 */
const MAX_KEYS = 50_000;

type Count = { since: number; events: number };

/**
 * Counts events by key, each key in minutes of its own that begin with its first event. A timer for each key, as the limiter libraries
 * have, would hold the loop up for a second when those of a million users run out together.
 */
export class MinuteCounts {
  #recent = new Map<string, Count>();
  #older = new Map<string, Count>();
  #turnedAt = 0;

  /** @param limit events in a minute */
  constructor(
    private readonly limit: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts one event, unless the key has had as many as it may: then answers how many seconds its minute still lasts. */
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

  /** What was not asked for since the last turn is forgotten. */
  #turn(now: number): void {
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#turnedAt = now;
  }
}
