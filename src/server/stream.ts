import { toChatKitError } from "../errors.ts";
import type { SentEvent } from "../protocol/events.ts";
import { serializeEvent } from "../protocol/serialize.ts";
import type { Logger, RequestContext } from "./context.ts";
import { errorEvent } from "./error-event.ts";

/** One streaming operation under way: who asked, and how its answer is ended early. */
export class Stream<C extends RequestContext> {
  readonly #controller = new AbortController();
  /** Whether a client that leaves ends the answer; known once `getStreamOptions` was asked. */
  allowCancel = true;

  constructor(
    readonly context: C,
    readonly logger: Logger,
  ) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the answer; without a reason the client has gone. */
  abort(reason?: Error): void {
    this.#controller.abort(reason);
  }

  /**
   * The events as SSE frames (`data:` line and blank line, nothing else: the client knows no other field). Never throws: a
   * body that breaks off makes the client lose the event before it. Whatever happens to the reader, the events are drained.
   */
  async *frames(events: AsyncGenerator<SentEvent, void>): AsyncGenerator<string, void> {
    const { signal } = this.context;
    const leave = () => {
      if (this.allowCancel) this.abort();
    };
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    let open = true;
    try {
      for (;;) {
        const next = await events.next();
        if (next.done) break;
        const json = serializeEvent(next.value);
        if (json !== null) yield `data: ${json}\n\n`;
      }
      open = false;
    } catch (thrown) {
      open = false;
      yield `data: ${this.#failed(thrown)}\n\n`;
    } finally {
      signal.removeEventListener("abort", leave);
      if (open) {
        leave();
        const rest = this.#drain(events);
        if (this.allowCancel) await rest;
        else this.context.waitUntil(rest);
      }
    }
  }

  #failed(thrown: unknown): string {
    const error = toChatKitError(thrown);
    if (error.status >= 500) this.logger.error({ err: thrown, request_id: this.context.requestId }, "a stream failed");
    return JSON.stringify(errorEvent(error));
  }

  async #drain(events: AsyncGenerator<SentEvent, void>): Promise<void> {
    try {
      while (!(await events.next()).done);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }
}
