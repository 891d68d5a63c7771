/** What `wait` resolves to when the signal has aborted. */
export const INTERRUPTED = Symbol("interrupted");

/**
 * Waits for one promise after another, and stops waiting when the signal aborts, even if the promise never settles: nothing else ends a
 * generator that waits for a promise. All waits share one listener. `Promise.race` with one long-lived promise would add a reaction to
 * that promise for every delta, and keep them all in memory.
 */
export class Interruptible {
  #resolve: ((interrupted: typeof INTERRUPTED) => void) | undefined;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#resolve?.(INTERRUPTED);

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  wait<T>(promise: Promise<T>): Promise<T | typeof INTERRUPTED> {
    return new Promise((resolve, reject) => {
      promise.then(resolve, reject);
      if (this.#signal.aborted) resolve(INTERRUPTED);
      else this.#resolve = resolve;
    });
  }

  release(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
