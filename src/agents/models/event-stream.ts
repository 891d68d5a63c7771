import { APIError, OpenAIError } from "openai";
import { Stream } from "openai/streaming";
import type { Dialect } from "./dialect.ts";
import { EventMessages, isDone, type EventMessage } from "./event-messages.ts";
import { parseJson, valueOf, valuesOf } from "./event-values.ts";
import { noAnswer } from "./server-error.ts";
import { wholeAnswer, WholeBody } from "./whole-body.ts";

/**
 * The answer of a model server as events. It replaces `Stream` of the `openai` package, which looks for newlines byte by byte through
 * four layers of generators: that took a third of the time of each delta. With a dialect it also translates them to OpenAI's events.
 */
export class EventStream<Event> extends Stream<Event> {
  static override fromSSEResponse<Event>(...args: Parameters<typeof Stream.fromSSEResponse>): Stream<Event> {
    return EventStream.of(undefined, args);
  }

  /** An object that the `openai` package accepts as its stream class, for one answer. `failed` sees an error before it is thrown. */
  static inDialect(dialect: Dialect<unknown>, failed?: (error: unknown) => void): typeof Stream {
    return { fromSSEResponse: (...args: Parameters<typeof Stream.fromSSEResponse>) => EventStream.of(dialect, args, failed) } as typeof Stream;
  }

  static of<Event>(
    dialect: Dialect<unknown> | undefined,
    args: Parameters<typeof Stream.fromSSEResponse>,
    failed?: (error: unknown) => void,
  ): Stream<Event> {
    const [response, controller, client, withNames, mode = "legacy"] = args;
    if (!response.body && dialect) throw noAnswer("no body");
    if (!response.body || withNames || mode !== "legacy") return super.fromSSEResponse(...args);
    let events: AsyncIterator<Event> | undefined = new Events<Event>(
      response.headers,
      response.body.getReader(),
      controller,
      dialect as Dialect<Event>,
      failed,
    );
    const once = () => {
      if (!events) throw new OpenAIError("A stream can be read once only.");
      const reading = events;
      events = undefined;
      return reading;
    };
    return new EventStream(once, controller, client);
  }
}

type BodyReader = { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> };

const DONE = { done: true, value: undefined } as const;
/** How long after the end of an answer its stream is still read. */
const LINGER_MS = 2000;

class Events<Event> implements AsyncIterator<Event, undefined> {
  readonly #decoder = new EventMessages();
  /** Collects the body, until it is known to be a stream of events. */
  #body: WholeBody | undefined;
  #ready: Event[] = [];
  #next = 0;
  #isOver = false;
  /** Thrown after the events that are ready. */
  #failure: Error | undefined;

  constructor(
    private readonly headers: Headers,
    private readonly reader: BodyReader,
    private readonly controller: AbortController,
    private readonly dialect: Dialect<Event> | undefined,
    private readonly failed?: (error: unknown) => void,
  ) {
    if (dialect) this.#body = new WholeBody();
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    try {
      for (;;) {
        if (this.controller.signal.aborted) return this.#close();
        if (this.#next < this.#ready.length) return { done: false, value: this.#ready[this.#next++]! };
        if (this.#failure) throw this.#failure;
        if (this.#isOver) return this.#close();
        await this.#readOn();
      }
    } catch (error) {
      const isExpected = this.#isAbort(error);
      this.controller.abort();
      if (isExpected) return this.#close();
      this.#close();
      this.failed?.(error);
      throw error;
    }
  }

  /** The reader wants no more: the request is aborted. */
  async return(): Promise<IteratorResult<Event, undefined>> {
    this.controller.abort();
    return this.#close();
  }

  async #readOn(): Promise<void> {
    this.#ready = [];
    this.#next = 0;
    try {
      const { done, value } = await (this.dialect?.isFinished ? this.#last() : this.reader.read());
      if (value) this.#read(value);
      if (done) this.#end();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Reads after the end of the answer, when the usage may still come. Not for long, since some servers never close the stream. */
  async #last(): ReturnType<BodyReader["read"]> {
    const end = Promise.withResolvers<{ done: boolean }>();
    const timer = setTimeout(() => end.resolve({ done: true }), LINGER_MS);
    return Promise.race([this.reader.read(), end.promise]).finally(() => clearTimeout(timer));
  }

  #read(bytes: Uint8Array): void {
    if (this.#body?.keeps(bytes)) return;
    for (const message of this.#decoder.add(bytes)) {
      this.#take(message);
      if (this.#isOver) return;
    }
  }

  #end(): void {
    const whole = this.#body?.text;
    if (this.dialect && whole !== undefined) {
      this.#ready.push(...wholeAnswer(whole, this.dialect));
      this.#isOver = true;
      return;
    }
    for (const message of this.#decoder.end()) if (!this.#isOver) this.#take(message);
    if (!this.#isOver) this.#finish(false);
  }

  #take(message: EventMessage): void {
    if (isDone(message)) return this.#finish(true);
    this.#body = undefined;
    const { dialect } = this;
    if (!dialect) return void this.#ready.push(this.#parse(message));
    const value = valueOf(message);
    if (value !== undefined && dialect.passes(value)) this.#ready.push(value as Event);
    else if (value !== undefined) this.#add(dialect.take(value));
    else for (const one of valuesOf(message)) this.#add(dialect.take(one));
  }

  #add(events: Event[]): void {
    for (const event of events) this.#ready.push(event);
  }

  #finish(isDone: boolean): void {
    this.#isOver = true;
    if (!this.dialect) return;
    const { events, failure } = this.dialect.end(isDone);
    this.#ready.push(...events);
    this.#failure = failure;
  }

  /** A broken connection or nonsense is no error when the answer is complete; else the answer has broken off. */
  #fail(error: unknown): void {
    const isServers = this.dialect && !(error instanceof APIError) && !this.controller.signal.aborted;
    if (isServers) this.#finish(false);
    else this.#failure = error instanceof Error ? error : new Error(String(error));
    if (isServers && this.#failure) this.#failure.cause = error;
    this.#isOver = true;
  }

  #parse({ event, data }: EventMessage): Event {
    const value = parseJson(data) as Event & { error?: object };
    if (event === "error" || value?.error) throw new APIError(undefined, value?.error ?? value, undefined, this.headers);
    return value;
  }

  #close(): typeof DONE {
    this.#isOver = true;
    this.#ready = [];
    // Nobody reads the rest, so an error of it does not matter.
    this.reader.cancel().catch(() => {});
    return DONE;
  }

  #isAbort(error: unknown): boolean {
    if (error instanceof APIError) return false;
    return this.controller.signal.aborted || (error instanceof Error && error.name === "AbortError");
  }
}
