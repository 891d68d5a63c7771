const TICK_MS = 100;
const LATE_MS = 500;
/** One long turn, such as the loading of an agent, is no reason to refuse anybody. */
const LATE_FOR_MS = 2000;

/** Watches how late the event loop comes to what is due: a process that is late with everything should begin nothing more. */
export class LoopLag {
  #timer: Timer | undefined;
  #lateSince: number | undefined;

  constructor() {
    this.#look();
  }

  /** Whether the loop has come half a second late, each time for two seconds. */
  get isLate(): boolean {
    return this.#lateSince !== undefined && performance.now() - this.#lateSince >= LATE_FOR_MS;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const due = performance.now() + TICK_MS;
    this.#timer = setTimeout(() => {
      const now = performance.now();
      this.#lateSince = now - due >= LATE_MS ? (this.#lateSince ?? now) : undefined;
      this.#look();
    }, TICK_MS);
    this.#timer.unref();
  }
}
