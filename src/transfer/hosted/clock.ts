import { RequestFailure, connectionFailure } from "./request-failure.ts";

/** How long one waits for what, in milliseconds, and how often one tries. */
export type Patience = {
  /** For the head of an answer. */
  headMs: number;
  /** For the next bytes of a body. */
  stallMs: number;
  /** For an answer as a whole: one that trickles never stalls. */
  wholeMs: number;
  tries: number;
  backoffMs: number;
  longestBackoffMs: number;
  /** In all, for one answer, however often and long a server asks to wait. */
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

/** The clocks of one try. */
export class Clock {
  readonly #controller = new AbortController();
  readonly #whole: Timer;
  #next: Timer;
  readonly #abort = () => this.#controller.abort();
  /** Why it was ended, if it was. */
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
        // What the reader does with it is no fault of the server.
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
