import { RequestFailure, connectionFailure } from "./request-failure.ts";

/** Time limits in milliseconds, and how often a request is tried. */
export type Patience = {
  /** Until the head of an answer arrives. */
  headMs: number;
  /** Until the next bytes of a body arrive. */
  stallMs: number;
  /** For an answer as a whole: one that comes byte by byte never stalls. */
  wholeMs: number;
  tries: number;
  backoffMs: number;
  longestBackoffMs: number;
  /** For one answer with all tries, however often and long the server asks to wait. */
  longestMs: number;
};

export const PATIENCE: Patience = {
  headMs: 60_000,
  stallMs: 20_000,
  wholeMs: 300_000,
  tries: 8,
  backoffMs: 500,
  longestBackoffMs: 20_000,
  longestMs: 3_600_000,
};

/** Keeps the time limits of one try. */
export class Clock {
  readonly #controller = new AbortController();
  readonly #whole: Timer;
  #next: Timer;
  readonly #abort = () => this.#controller.abort();
  /** Why the try was ended, if it was. */
  failure: RequestFailure | undefined;

  constructor(
    private readonly patience: Patience,
    private readonly outer: AbortSignal,
  ) {
    this.#whole = setTimeout(() => this.#end("the answer took too long"), patience.wholeMs);
    this.#next = setTimeout(() => this.#end("no answer in time"), patience.headMs);
    outer.addEventListener("abort", this.#abort);
    if (outer.aborted) this.#abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws RequestFailure when the body is cut, or stands still */
  async *watch({ body }: Response): AsyncGenerator<Uint8Array> {
    this.#rewind();
    try {
      for await (const chunk of body ?? []) {
        // While the reader works on the bytes, no time limit of the server runs.
        clearTimeout(this.#next);
        yield chunk;
        this.#rewind();
      }
    } catch (thrown) {
      throw this.failure ?? connectionFailure(thrown);
    }
  }

  stop(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#next);
    this.outer.removeEventListener("abort", this.#abort);
  }

  #rewind(): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#end("the answer stood still"), this.patience.stallMs);
  }

  #end(reason: string): void {
    this.failure = new RequestFailure(reason, { isPassing: true });
    this.#controller.abort();
  }
}
