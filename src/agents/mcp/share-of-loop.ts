/** How long to work in one go, and how long to wait then: a source that never stops gets a tenth of the event loop's time. */
const SLICE_MS = 1;
const PAUSE_MS = 9;

/** Keeps a source of work that may be very fast from taking the event loop from the rest of the program. */
export class ShareOfLoop {
  #began = performance.now();
  #ended = 0;

  /** Call this when something comes from the source. */
  begin(): void {
    const now = performance.now();
    // Nothing came for a while: that time was no work.
    if (now - this.#ended > PAUSE_MS) this.#began = now;
  }

  /** Await this after each piece of work. One piece that took long is followed by a pause as long. */
  async next(): Promise<void> {
    const now = performance.now();
    this.#ended = now;
    const worked = now - this.#began;
    if (worked < SLICE_MS) return;
    await Bun.sleep(Math.max(worked, PAUSE_MS));
    this.#began = this.#ended = performance.now();
  }
}
