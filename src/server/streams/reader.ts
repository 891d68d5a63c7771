import type { RequestNote } from "../request-note.ts";

type Frames = IteratorResult<string, void>;

const END: Frames = { done: true, value: undefined };

/** What a reader needs of the stream that it reads. */
export type Source = {
  /** Called when it begins to read; returns what it has missed. */
  join(reader: Reader): string;
  /** Asks for more events; they are then given to the reader by `push` and `wake`. */
  ask(): void;
  /** Called when it leaves before the end; resolves when the consequences of that are over. */
  leave(reader: Reader): Promise<void>;
};

/**
 * One reader of an answer, who joins when its first frames are asked for. Written by hand, since to pass a frame through a generator
 * costs as much time as to make it.
 */
export class Reader implements AsyncGenerator<string, void> {
  #text = "";
  #hasBegun = false;
  #isDone = false;
  /** Resolves the `next` that the reader waits for, if it waits. */
  #turn: ((frames: Frames) => void) | undefined;
  #leaving: Promise<void> | undefined;

  /**
   * @param signal aborts when the reader leaves
   * @param onEnd called when it has read everything, or has left
   * @param note of the request that reads
   */
  constructor(
    private readonly source: Source,
    private readonly signal: AbortSignal,
    private readonly onEnd: () => void = () => {},
    readonly note: RequestNote = {},
  ) {}

  get isWaiting(): boolean {
    return this.#turn !== undefined;
  }

  next(): Promise<Frames> {
    if (!this.#hasBegun) this.#begin();
    if (this.#leaving) return this.#leaving.then(() => END);
    if (this.#text !== "" || this.#isDone) return Promise.resolve(this.#take());
    return new Promise((resolve) => {
      this.#turn = resolve;
      this.source.ask();
    });
  }

  async return(): Promise<Frames> {
    if (!this.#hasBegun) this.#isDone = this.#hasBegun = true;
    if (!this.#isDone) await this.#leave();
    return END;
  }

  async throw(thrown: unknown): Promise<Frames> {
    await this.return();
    throw thrown;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  push(frames: string): void {
    this.#text += frames;
  }

  /** Hands over the pushed frames, if the reader waits for them. */
  wake(): void {
    if (this.#text !== "") this.#answer();
  }

  /** Marks the end: nothing more will be pushed. */
  end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.signal.removeEventListener("abort", this.#hasGone);
    this.#answer();
    this.onEnd();
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#text = this.source.join(this);
    if (this.signal.aborted) this.#hasGone();
    else this.signal.addEventListener("abort", this.#hasGone, { once: true });
  }

  readonly #hasGone = (): void => void this.#leave();

  #leave(): Promise<void> {
    return (this.#leaving ??= this.source.leave(this).then(() => {
      this.#text = "";
      this.end();
    }));
  }

  #answer(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.(this.#take());
  }

  #take(): Frames {
    const text = this.#text;
    this.#text = "";
    return text === "" ? END : { done: false, value: text };
  }
}
