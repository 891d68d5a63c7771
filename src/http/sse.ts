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

/** About one packet of the loopback: beyond it joining frames saves nothing, and a reader that takes nothing should not hold much. */
const JOINED_CHARS = 16 * 1024;

type Chunk = IteratorResult<string, undefined>;

const chunk = (value: string): Chunk => ({ value, done: false });
const END: Chunk = { value: undefined, done: true };

/** Bodies that have something to hand on at the end of this turn of the loop: one timer for all of them. */
let due: (() => void)[] = [];

function atEndOfTurn(flush: () => void): void {
  if (due.length === 0) setImmediate(flushAll);
  due.push(flush);
}

function flushAll(): void {
  const flushes = due;
  due = [];
  for (const flush of flushes) flush();
}

/**
 * Frames as a response body that is pulled: frames are asked for when the socket can take them, so a slow reader holds its
 * source back and no more queues up than goes out at once. A source that throws ends the body with an error event: a body that
 * breaks off would take the event before it along.
 *
 * What the source yields in one turn of the loop goes out as one chunk. With one chunk each, answers that stream side by side take
 * the socket layer's one write buffer from each other, and every other frame is a system call of its own.
 *
 * An iterator written by hand, since a generator parked on a quiet source could neither send a heartbeat nor be left. Bun
 * reads it without a ReadableStream in between.
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
  /** What the source has answered and the reader has not been given. */
  #ready = "";
  #isDue = false;

  constructor(frames: AsyncIterable<string>, options: SseOptions) {
    this.#source = frames[Symbol.asyncIterator]();
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#ready === "" && this.#give(chunk(HEARTBEAT)), options.heartbeatMs);
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
    if (this.#ended) return Promise.resolve(this.#taken());
    return new Promise((resolve) => {
      this.#turn = resolve;
      if (this.#ready !== "") this.#handOn();
      else this.#ask();
    });
  }

  /** The reader has gone. */
  return(): Promise<Chunk> {
    this.#leave();
    return Promise.resolve(END);
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#source.next().then(this.#answer, this.#fail);
  }

  readonly #answer = (next: IteratorResult<string, unknown>): void => {
    this.#asked = false;
    if (this.#ended) return;
    if (next.done) return this.#finish("done", "");
    this.#frames += framesIn(next.value);
    this.#ready += next.value;
    // Without a turn a heartbeat has taken it: the reader comes again.
    if (this.#turn) this.#handOn();
  };

  /** Waits for what else this turn of the loop brings, as long as it is not much. */
  #handOn(): void {
    if (this.#ready.length >= JOINED_CHARS) return this.#flush();
    this.#ask();
    if (this.#isDue) return;
    this.#isDue = true;
    atEndOfTurn(this.#flushDue);
  }

  readonly #flushDue = (): void => {
    this.#isDue = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#turn && this.#ready !== "") this.#give(this.#taken());
  }

  #taken(): Chunk {
    const ready = this.#ready;
    this.#ready = "";
    return ready === "" ? END : chunk(ready);
  }

  readonly #fail = (thrown: unknown): void => {
    this.#asked = false;
    this.#options.onFailure(thrown);
    if (!this.#ended) this.#finish("failed", FAILED);
  };

  readonly #leave = (): void => {
    if (this.#ended) return;
    this.#ready = "";
    this.#finish("client_gone", "");
    this.#options.onGone();
    // A generator parked on a pending promise hears this only when that settles; the signal is what reaches it now.
    this.#source.return?.().catch(this.#options.onFailure);
  };

  #finish(outcome: StreamEnd["outcome"], last: string): void {
    this.#ended = true;
    this.#ready += last;
    clearInterval(this.#heartbeat);
    this.#options.signal.removeEventListener("abort", this.#leave);
    if (this.#turn) this.#give(this.#taken());
    this.#options.onEnd({ outcome, frames: this.#frames });
  }

  #give(given: Chunk): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.(given);
  }
}

/** A source may hand over several at once. */
function framesIn(chunk: string): number {
  let count = 0;
  for (let end = chunk.indexOf("\n\n"); end >= 0; end = chunk.indexOf("\n\n", end + 2)) count += 1;
  return count;
}
