/** A reproducible stream of numbers in [0, 1), and what tests make of it. */
export class Random {
  constructor(private seed: number) {}

  next(): number {
    // Mulberry32: small, and good enough not to repeat itself in what it picks.
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), this.seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** True once in so many. */
  once(inHowMany: number): boolean {
    return this.below(inHowMany) === 0;
  }
}
