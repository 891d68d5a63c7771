/** Somebody who reads an answer: what was told and is not taken yet. */
export class Reader {
  #text: string;
  #wake: (() => void) | undefined;
  /** Whether nothing more will be told to it. */
  isDone = false;

  /**
   * @param since when it came
   * @param missed what was told before that
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

  /** All that waits; empty when nothing does. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** Whether it waits for something to be told. */
  get isWaiting(): boolean {
    return this.#wake !== undefined;
  }

  /** Settles at the next `wake`. */
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
