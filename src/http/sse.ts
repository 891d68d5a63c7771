import { ChatKitError, type ErrorCode } from "../errors.ts";
import { nextTurn } from "../protocol/json/steps.ts";
import { refusedFrame } from "../server/limits/answer-places.ts";
import { waitingAreRead } from "../server/streams/resent.ts";

/** How a stream ended, for the log. */
export type StreamEnd = { outcome: "done" | "client_gone" | "failed"; frames: number; code?: ErrorCode };

export type SseOptions = {
  /** How long the stream may be quiet before a comment line is sent, in milliseconds. */
  heartbeatMs: number;
  /** Aborts when the client has gone: `return` is not called in every case. */
  signal: AbortSignal;
  /** Called when the client has gone, before `return` of the source. */
  onGone(): void;
  /** Called with what the source threw, which the client does not see. */
  onFailure(thrown: unknown): void;
  onEnd(end: StreamEnd): void;
};

export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  // no-transform, since a proxy that compresses would hold events back; X-Accel-Buffering does the same for nginx.
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

// Bun sends the response head with the first bytes of the body, so some have to come at once. There is no blank line after a comment:
// the client's parser would take it for an empty message.
const OPENING = ": ok\n";
const HEARTBEAT = ": hb\n";
const FAILED = 'data: {"type":"error","code":"stream.error","allow_retry":true}\n\n';
const CUT_SHORT = refusedFrame(new ChatKitError("shutting_down"));

/** Joining frames into larger chunks saves nothing more, and for a client that reads nothing not more than this should be held. */
const JOINED_CHARS = 16 * 1024;

type Chunk = IteratorResult<string, undefined>;

const chunk = (value: string): Chunk => ({ value, done: false });
const END: Chunk = { value: undefined, done: true };

/** Bodies that hand on a chunk at the end of this turn of the event loop; one timer serves them all. */
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
 * Frames as a response body. Bun asks for the next chunk when the socket can take it, so a slow client slows its source down and no
 * more than one chunk is held here. When the source throws, the body ends with an error event: if it broke off instead, the client
 * would also lose the event before.
 *
 * All that the source yields in one turn of the event loop becomes one chunk. With a chunk for each frame, streams that run side by
 * side would compete for Bun's one write buffer, and every other frame would be a system call of its own.
 *
 * The iterator is written by hand, since a generator that waits for a quiet source can neither send a heartbeat nor be ended. Bun reads
 * it directly, without a ReadableStream in between.
 */
export class SseBody implements AsyncIterableIterator<string, undefined> {
  readonly #source: AsyncIterator<string>;
  readonly #options: SseOptions;
  readonly #heartbeat: Timer;
  #frames = 0;
  #opened = false;
  #ended = false;
  /** Resolves the `next` that Bun waits for, if it waits. */
  #turn: ((chunk: Chunk) => void) | undefined;
  /** Whether a frame was asked of the source and has not come yet. */
  #asked = false;
  /** Frames that have come from the source and are not handed on yet. */
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
    if (!this.#opened) return this.#open();
    if (this.#ended) return Promise.resolve(this.#taken());
    return new Promise((resolve) => {
      this.#turn = resolve;
      if (this.#ready !== "") this.#handOn();
      else this.#ask();
    });
  }

  /** The head leaves once the source has begun: a client that has it, and sends the same again, means a second message (see `Resent`). */
  async #open(): Promise<Chunk> {
    this.#opened = true;
    this.#ask();
    await waitingAreRead();
    await nextTurn();
    return chunk(OPENING);
  }

  /** Called by Bun when the client has gone. */
  return(): Promise<Chunk> {
    this.#leave();
    return Promise.resolve(END);
  }

  /** Ends the body with an error that the client retries, whatever the source is waiting for. */
  cutShort(): void {
    if (this.#ended) return;
    this.#finish("failed", CUT_SHORT, "shutting_down");
    this.#source.return?.().catch(this.#options.onFailure);
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
    // Without a turn nobody waits, since a heartbeat was handed on: the next call of `next` takes the frames.
    if (this.#turn) this.#handOn();
  };

  /** Waits until the end of this turn of the event loop for more frames, unless there are many already. */
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
    if (!this.#ended) this.#finish("failed", FAILED, "internal");
  };

  readonly #leave = (): void => {
    if (this.#ended) return;
    this.#ready = "";
    this.#finish("client_gone", "");
    this.#options.onGone();
    // A generator that waits for a promise runs its `finally` only when that settles; the signal reaches it at once.
    this.#source.return?.().catch(this.#options.onFailure);
  };

  #finish(outcome: StreamEnd["outcome"], last: string, code?: ErrorCode): void {
    this.#ended = true;
    this.#ready += last;
    clearInterval(this.#heartbeat);
    this.#options.signal.removeEventListener("abort", this.#leave);
    if (this.#turn) this.#give(this.#taken());
    this.#options.onEnd({ outcome, frames: this.#frames, ...(code !== undefined && { code }) });
  }

  #give(given: Chunk): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.(given);
  }
}

/** One chunk of a source may hold several frames. */
function framesIn(chunk: string): number {
  let count = 0;
  for (let end = chunk.indexOf("\n\n"); end >= 0; end = chunk.indexOf("\n\n", end + 2)) count += 1;
  return count;
}
