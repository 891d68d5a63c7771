import type { ThreadStreamEvent } from "../../protocol/events.ts";

/** When more events than this wait, further ones are joined with the last one where that is possible. */
const UNJOINED = 1024;
/** A waiting reader gets at most about this many events at once, when more come in one turn of the event loop. */
const BURST = 64;

/**
 * Holds events between the run, which does not wait for its reader, and a reader that may be slow. Left in the run's own buffer they
 * would take about a kilobyte for each token; here a backlog takes little more than its text, since deltas of a message are joined.
 */
export class Outbox {
  #events: ThreadStreamEvent[] = [];
  #closed: { error?: unknown } | undefined;
  #wake: ((more: boolean | Promise<boolean>) => void) | undefined;

  push(event: ThreadStreamEvent): void {
    const { length } = this.#events;
    const joined = length > UNJOINED ? join(this.#events[length - 1]!, event) : undefined;
    if (joined) this.#events[length - 1] = joined;
    else this.#events.push(event);
    if (!this.#wake) return;
    if (length === 0) setImmediate(this.#tell);
    else if (length >= BURST) this.#tell();
  }

  /** Marks the end: the reader gets the events that wait, and then the error, if there is one. */
  close(end: { error?: unknown }): void {
    this.#closed ??= end;
    this.#tell();
  }

  /** Takes all events that wait. */
  take(): ThreadStreamEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /**
   * Resolves to true when there is something to take. At the end it resolves to false, or throws the run's error. A waiting reader is
   * told at the end of the turn of the event loop, or earlier when there is much, so that events which come together are taken together.
   */
  more(): Promise<boolean> {
    if (this.#events.length > 0) return Promise.resolve(true);
    if (this.#closed) return ending(this.#closed);
    return new Promise((resolve) => (this.#wake = resolve));
  }

  readonly #tell = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    if (this.#events.length > 0) wake?.(true);
    else if (this.#closed) wake?.(ending(this.#closed));
    else this.#wake = wake;
  };
}

function ending(end: { error?: unknown }): Promise<boolean> {
  return "error" in end ? Promise.reject(end.error) : Promise.resolve(false);
}

/** Both events as one, if the second only continues or replaces the first; else undefined. */
function join(first: ThreadStreamEvent, second: ThreadStreamEvent): ThreadStreamEvent | undefined {
  if (first.type !== "thread.item.updated" || second.type !== "thread.item.updated" || first.item_id !== second.item_id) return undefined;
  const [a, b] = [first.update, second.update];
  if (a.type === "assistant_message.content_part.text_delta" && b.type === a.type && a.content_index === b.content_index) {
    return { ...first, update: { ...a, delta: a.delta + b.delta } };
  }
  // Each update has the whole task or image, so the newer one is enough.
  if (a.type === "workflow.task.updated" && b.type === a.type && a.task_index === b.task_index) return second;
  if (a.type === "generated_image.updated" && b.type === a.type) return second;
  return undefined;
}
