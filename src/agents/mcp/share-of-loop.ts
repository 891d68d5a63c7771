/** Work done in one go, and the wait after it, in milliseconds: whoever sends without end gets a fifth of the loop. */
const SLICE_MS = 2;
const PAUSE_MS = 8;

/** Divides the event loop between a source that may be faster than all others together and the rest of the program. */
export class ShareOfLoop {
  #began = performance.now();
  #ended = 0;

  /** To be awaited after each piece of work. */
  async next(): Promise<void> {
    const now = performance.now();
    // It has been quiet since: what comes now is no flood.
    if (now - this.#ended > PAUSE_MS) this.#began = now;
    this.#ended = now;
    if (now - this.#began < SLICE_MS) return;
    await Bun.sleep(PAUSE_MS);
    this.#began = this.#ended = performance.now();
  }
}
