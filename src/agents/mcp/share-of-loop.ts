/** How long to work in one go, and how long to wait then: a source that never stops gets a tenth of the event loop's time. */
const SLICE_MS = 1;
const PAUSE_MS = 9;

/** Keeps a source of work that may be very fast from taking the event loop from the rest of the program. */
export class ShareOfLoop {
  #began = performance.now();
  #ended = 0;

  /** Await this after each piece of work. */
  async next(): Promise<void> {
    const now = performance.now();
    // There was a pause since the last piece: a new measurement begins.
    if (now - this.#ended > PAUSE_MS) this.#began = now;
    this.#ended = now;
    if (now - this.#began < SLICE_MS) return;
    await Bun.sleep(PAUSE_MS);
    this.#began = this.#ended = performance.now();
  }
}
