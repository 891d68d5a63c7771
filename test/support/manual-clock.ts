import type { Clock } from "../../src/server/clock.ts";

/** Time that goes on when it is told to, and what is due then. */
export class ManualClock implements Clock {
  #time = 0;
  #due: { at: number; work: () => void }[] = [];

  readonly now = () => this.#time;

  readonly after = (ms: number, work: () => void) => {
    const due = { at: this.#time + ms, work };
    this.#due.push(due);
    return () => void (this.#due = this.#due.filter((one) => one !== due));
  };

  /** In small steps, between which everything that does not wait for time is done. */
  async pass(ms: number): Promise<void> {
    for (const end = this.#time + ms; this.#time < end; ) {
      this.#time = Math.min(end, this.#time + 50);
      const due = this.#due.filter(({ at }) => at <= this.#time);
      this.#due = this.#due.filter(({ at }) => at > this.#time);
      for (const { work } of due) work();
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
