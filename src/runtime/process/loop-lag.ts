const TICK_MS = 100;
const LATE_MS = 500;
/** How long the event loop must be late: a single long turn, such as loading an agent, is no reason to refuse requests. */
const LATE_FOR_MS = 2000;

/** Measures how late the event loop runs its timers: a process that is late should begin no further answers. */
export class LoopLag {
  #timer: Timer | undefined;
  #lateSince: number | undefined;

  constructor() {
    this.#look();
  }

  /** Whether the event loop was half a second late or more, each time, for two seconds. */
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
