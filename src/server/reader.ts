/** One reader of an answer, and the frames that wait to be taken by it. */
export class Reader {
  #text: string;
  #wake: (() => void) | undefined;
  /** Set when no more frames will come. */
  isDone = false;

  /**
   * @param since when it began to read
   * @param missed the frames that it reads first, about what came before
   */
  constructor(
    readonly since: number,
    missed = "",
  ) {
    this.#text = missed;
  }

  push(frames: string): void {
    this.#text += frames;
  }

  /** All waiting frames; empty when there are none. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  get isWaiting(): boolean {
    return this.#wake !== undefined;
  }

  /** Resolves at the next `wake`. */
  wait(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  end(): void {
    this.isDone = true;
    this.wake();
  }
}
