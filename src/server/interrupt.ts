/** Told instead of a value when waiting was cut short. */
export const INTERRUPTED = Symbol("interrupted");

/**
 * Waits for one promise after another and stops waiting when the signal aborts, even when the promise never settles: a
 * generator parked on a pending promise is not unwound by anything else. One listener for all waits; `Promise.race` against
 * one long-lived promise would add a reaction to it for every delta and keep them all.
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
