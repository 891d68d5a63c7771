import { toChatKitError } from "../errors.ts";
import { applyUpdate } from "../protocol/apply-update.ts";
import type { SentEvent } from "../protocol/events.ts";
import type { ThreadItem } from "../protocol/items.ts";
import { serializeEvent } from "../protocol/serialize.ts";
import { eventsIn, type Burst } from "./burst.ts";
import type { Logger, RequestContext } from "./context.ts";
import { errorEvent } from "./error-event.ts";
import { Follower } from "./follower.ts";

/** One streaming operation under way: who asked, who reads along, and how its answer is ended early. */
export class Stream<C extends RequestContext> {
  readonly #controller = new AbortController();
  readonly #followers = new Set<Follower>();
  readonly #ended = Promise.withResolvers<void>();
  /** What a newcomer has missed, by item where it is of one; what is not done is in `pending`. */
  readonly #told = new Map<unknown, SentEvent>();
  /** Whether the first reader has gone. */
  #left = false;
  /** Whether a client that leaves ends the answer; known once `getStreamOptions` was asked. */
  allowCancel = true;
  /** The items begun and not yet done, as they are now. */
  pending: ReadonlyMap<string, ThreadItem> = new Map();

  constructor(
    readonly context: C,
    readonly logger: Logger,
    /** Of the body, where the store should know it again in another process. */
    readonly fingerprint?: string,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when nothing more will come, whoever was there to read it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Ends the answer; without a reason the client has gone. */
  abort(reason?: Error): void {
    this.#controller.abort(reason);
  }

  /**
   * The events as SSE frames (`data:` line and blank line, nothing else: the client knows no other field); a burst is one string.
   * Never throws: a body that breaks off makes the client lose the event before it. Whatever happens to the reader, the events
   * are drained.
   */
  async *frames(events: AsyncGenerator<Burst<SentEvent>, void>): AsyncGenerator<string, void> {
    const { signal } = this.context;
    const leave = () => this.#leave();
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    let open = true;
    try {
      for (;;) {
        const next = await events.next();
        if (next.done) break;
        const frames = this.#tellAll(next.value);
        if (frames !== "") yield frames;
      }
      open = false;
    } catch (thrown) {
      open = false;
      yield this.#fail(thrown);
    } finally {
      signal.removeEventListener("abort", leave);
      if (open) await this.#goOn(events);
      else this.#end();
    }
  }

  /** Reads along from now on, after a summary of what was missed; for a body that was sent again while its answer is going. */
  async *follow(context: C, onEnd: () => void): AsyncGenerator<string, void> {
    const missed = [...this.#told.values()].map((event) => {
      const item = event.type === "thread.item.added" ? this.pending.get(event.item.id) : undefined;
      return frameOf(item ? { type: "thread.item.added", item } : event);
    });
    const follower = new Follower(missed.filter((frame) => frame !== ""));
    this.#followers.add(follower);
    try {
      yield* follower.frames(context.signal);
    } finally {
      onEnd();
      this.#followers.delete(follower);
      if (this.#left) this.#leave();
    }
  }

  #tellAll(burst: Burst<SentEvent>): string {
    let frames = "";
    try {
      for (const event of eventsIn(burst)) frames += this.#tell(event);
    } catch (error) {
      // What cannot be written, such as a bigint in an effect's data: the answer itself has to end, or it would keep its thread.
      this.logger.error({ err: error, request_id: this.context.requestId }, "an event could not be written");
      this.abort(toChatKitError(error));
    }
    return frames;
  }

  #tell(event: SentEvent): string {
    const frame = frameOf(event);
    this.#remember(event);
    if (frame !== "") for (const follower of this.#followers) follower.push(frame);
    return frame;
  }

  #remember(event: SentEvent): void {
    if (event.type === "thread.item.updated") this.#update(event);
    else if (event.type === "thread.item.removed") this.#told.delete(event.item_id);
    else this.#told.set("item" in event ? event.item.id : event.type === "client_effect" ? event : event.type, event);
  }

  /** What is done can still change; what is not is in `pending` as it is. */
  #update({ item_id, update }: Extract<SentEvent, { type: "thread.item.updated" }>): void {
    const told = this.#told.get(item_id);
    if (told?.type === "thread.item.done" || told?.type === "thread.item.replaced") {
      this.#told.set(item_id, { ...told, item: applyUpdate(told.item, update) });
    }
  }

  #leave(): void {
    this.#left = true;
    if (this.allowCancel && this.#followers.size === 0) this.abort();
  }

  /** The reader is gone: the answer ends, or goes on for those who read along, or for the record. */
  async #goOn(events: AsyncGenerator<Burst<SentEvent>, void>): Promise<void> {
    this.#leave();
    const rest = this.#drain(events);
    if (this.signal.aborted) await rest;
    else this.context.waitUntil(rest);
  }

  async #drain(events: AsyncGenerator<Burst<SentEvent>, void>): Promise<void> {
    try {
      for (let next = await events.next(); !next.done; next = await events.next()) this.#tellAll(next.value);
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.#end();
  }

  #end(): void {
    for (const follower of this.#followers) follower.end();
    this.#ended.resolve();
  }

  #fail(thrown: unknown): string {
    const error = toChatKitError(thrown);
    if (error.status >= 500) this.logger.error({ err: thrown, request_id: this.context.requestId }, "a stream failed");
    return this.#tell(errorEvent(error));
  }
}

/** Empty for what must not leave. */
function frameOf(event: SentEvent): string {
  const json = serializeEvent(event);
  return json === null ? "" : `data: ${json}\n\n`;
}
