/** How a stream ended, for the log. */
export type StreamEnd = { outcome: "done" | "client_gone" | "failed"; frames: number };

export type SseOptions = {
  /** Quiet time between comment lines, in milliseconds. */
  heartbeatMs: number;
  /** Aborts when the client has gone; it may have gone without this body being told. */
  signal: AbortSignal;
  /** Called when the reader cancels, before the source is told to return. */
  onGone(): void;
  /** What the source threw; it never reaches the client. */
  onFailure(thrown: unknown): void;
  onEnd(end: StreamEnd): void;
};

export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  // no-transform: a proxy that compresses would hold events back; X-Accel-Buffering says the same to nginx.
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

// The head goes out with the first bytes of the body, so there have to be some at once. No blank line after a comment:
// the client's parser would dispatch it as an empty message.
const OPENING = ": ok\n";
const HEARTBEAT = ": hb\n";
const FAILED = 'data: {"type":"error","code":"stream.error","allow_retry":true}\n\n';

type Chunk = IteratorResult<string, undefined>;

const chunk = (value: string): Chunk => ({ value, done: false });
const END: Chunk = { value: undefined, done: true };

/**
 * Frames as a response body that is pulled: one frame is asked for when the socket can take it, so a slow reader holds its
 * source back and nothing queues up. A source that throws ends the body with an error event: a body that breaks off would
 * take the event before it along.
 *
 * An iterator written by hand, since a generator parked on a quiet source could neither send a heartbeat nor be left. Bun
 * reads it without a ReadableStream in between, and what one tick yields goes out in one packet.
 */
export class SseBody implements AsyncIterableIterator<string, undefined> {
  readonly #source: AsyncIterator<string>;
  readonly #options: SseOptions;
  readonly #heartbeat: Timer;
  #frames = 0;
  #opened = false;
  #ended = false;
  /** The reader's turn, when it waits for one. */
  #turn: ((chunk: Chunk) => void) | undefined;
  /** Whether the source has been asked for a frame and has not answered. */
  #asked = false;
  /** What the source answered while a heartbeat had taken the reader's turn. */
  #ready: Chunk | undefined;

  constructor(frames: AsyncIterable<string>, options: SseOptions) {
    this.#source = frames[Symbol.asyncIterator]();
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#give(chunk(HEARTBEAT)), options.heartbeatMs);
    options.signal.addEventListener("abort", this.#leave, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Chunk> {
    if (!this.#opened) {
      this.#opened = true;
      return Promise.resolve(chunk(OPENING));
    }
    const ready = this.#ready;
    if (ready) {
      this.#ready = undefined;
      return Promise.resolve(ready);
    }
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => {
      this.#turn = resolve;
      if (this.#asked) return;
      this.#asked = true;
      this.#source.next().then(this.#answer, this.#fail);
    });
  }

  /** The reader has gone. */
  return(): Promise<Chunk> {
    this.#leave();
    return Promise.resolve(END);
  }

  readonly #answer = (next: IteratorResult<string, unknown>): void => {
    this.#asked = false;
    if (this.#ended) return;
    if (next.done) return this.#finish("done", END);
    this.#frames += 1;
    const given = chunk(next.value);
    if (!this.#give(given)) this.#ready = given;
  };

  readonly #fail = (thrown: unknown): void => {
    this.#asked = false;
    this.#options.onFailure(thrown);
    if (!this.#ended) this.#finish("failed", chunk(FAILED));
  };

  readonly #leave = (): void => {
    if (this.#ended) return;
    this.#finish("client_gone", END);
    this.#options.onGone();
    // A generator parked on a pending promise hears this only when that settles; the signal is what reaches it now.
    this.#source.return?.().catch(this.#options.onFailure);
  };

  #finish(outcome: StreamEnd["outcome"], last: Chunk): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#options.signal.removeEventListener("abort", this.#leave);
    if (!this.#give(last)) this.#ready = last;
    this.#options.onEnd({ outcome, frames: this.#frames });
  }

  #give(given: Chunk): boolean {
    const turn = this.#turn;
    if (!turn) return false;
    this.#turn = undefined;
    turn(given);
    return true;
  }
}
