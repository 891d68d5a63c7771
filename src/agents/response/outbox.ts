import type { ThreadStreamEvent } from "../../protocol/events.ts";

/** Up to this many events wait as they are; behind them what can be joined is joined. */
const UNJOINED = 1024;
/** As many events are taken at once where more come in one turn of the loop. */
const BURST = 64;

/**
 * Events between the run, which knows no back-pressure, and the reader, who may be slow. The run's own buffer keeps about a
 * kilobyte for each token; here a backlog costs little more than its text, since deltas of one message are joined.
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

  /** Nothing comes after what is there; with an error, that error does. */
  close(end: { error?: unknown }): void {
    this.#closed ??= end;
    this.#tell();
  }

  /** All that waits. */
  take(): ThreadStreamEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /**
   * Resolves when there is something to take, or nothing will come any more: then it answers false, or throws the run's error.
   * A reader that waits is given what one turn of the loop brings, or as much of it as is worth taking at once.
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

/** Both as one event, if the second only goes on where the first left off. */
function join(first: ThreadStreamEvent, second: ThreadStreamEvent): ThreadStreamEvent | undefined {
  if (first.type !== "thread.item.updated" || second.type !== "thread.item.updated" || first.item_id !== second.item_id) return undefined;
  const [a, b] = [first.update, second.update];
  if (a.type === "assistant_message.content_part.text_delta" && b.type === a.type && a.content_index === b.content_index) {
    return { ...first, update: { ...a, delta: a.delta + b.delta } };
  }
  // A task and a partial image are sent whole each time: the newest will do.
  if (a.type === "workflow.task.updated" && b.type === a.type && a.task_index === b.task_index) return second;
  if (a.type === "generated_image.updated" && b.type === a.type) return second;
  return undefined;
}
