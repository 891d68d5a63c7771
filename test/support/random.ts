/** A reproducible stream of numbers in [0, 1), and what tests make of it. */
export class Random {
  constructor(private seed: number) {}

  next(): number {
    this.seed = (this.seed * 1664525 + 1013904223) % 4294967296;
    return this.seed / 4294967296;
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
