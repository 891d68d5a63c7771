import type { Random } from "../../support/random.ts";

/** What can go wrong. Each is left out of half of the simulations: what happens too often hides what happens after something rare. */
const KINDS = [
  "pause",
  "crash",
  "sigterm",
  "store away",
  "cut off from the store",
  "clock step",
  "lost store answer",
  "slow store answer",
  "late timer",
  "silent model",
  "failing model",
  "slow reader",
  "leaving reader",
  "repeating reader",
] as const;
export type Fault = (typeof KINDS)[number];

/** Those that happen to a process or to all, from time to time; the others happen at calls. */
export const BLOWS: readonly Fault[] = ["pause", "crash", "sigterm", "store away", "cut off from the store", "clock step"];

/** Which faults there are in one simulation, and when. Every draw comes from the seed. */
export class Weather {
  readonly #kinds: ReadonlySet<Fault>;
  #isCalm = false;

  constructor(readonly random: Random) {
    this.#kinds = new Set(KINDS.filter(() => random.once(2)));
  }

  get kinds(): readonly Fault[] {
    return [...this.#kinds];
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.#isCalm = true;
  }

  /** Whether it happens now; once in so many times, where it happens at all. */
  strikes(fault: Fault, inHowMany: number): boolean {
    return this.has(fault) && this.random.once(inHowMany);
  }

  has(fault: Fault): boolean {
    return !this.#isCalm && this.#kinds.has(fault);
  }

  between(least: number, most: number): number {
    return least + this.random.next() * (most - least);
  }
}
