/** Somebody who reads an answer along that another request began: a queue of frames. */
export class Follower {
  readonly #queue: string[];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(missed: string[]) {
    this.#queue = missed;
  }

  push(frame: string): void {
    this.#queue.push(frame);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Ends with the answer, or when the follower's own client has gone. */
  async *frames(signal: AbortSignal): AsyncGenerator<string, void> {
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        const frame = this.#queue.shift();
        if (frame !== undefined) yield frame;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }
}
