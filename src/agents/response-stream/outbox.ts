import type { ThreadStreamEvent } from "../../protocol/events.ts";

/** Up to this many events wait as they are; behind them what can be joined is joined. */
const UNJOINED = 1024;

/**
 * Events between the run, which knows no back-pressure, and the reader, who may be slow. The run's own buffer keeps about a
 * kilobyte for each token; here a backlog costs little more than its text, since deltas of one message are joined.
 */
export class Outbox {
  #events: ThreadStreamEvent[] = [];
  #head = 0;
  #closed: { error?: unknown } | undefined;
  #wake: ((more: boolean | Promise<boolean>) => void) | undefined;

  push(event: ThreadStreamEvent): void {
    const length = this.#events.length;
    const joined = length - this.#head > UNJOINED ? join(this.#events[length - 1]!, event) : undefined;
    if (joined) this.#events[length - 1] = joined;
    else this.#events.push(event);
    this.#tell(true);
  }

  /** Nothing comes after what is there; with an error, that error does. */
  close(end: { error?: unknown }): void {
    this.#closed ??= end;
    if (this.#wake) this.#tell(ending(this.#closed));
  }

  /** The next event if one is there. */
  take(): ThreadStreamEvent | undefined {
    const event = this.#events[this.#head];
    if (event && ++this.#head === this.#events.length) {
      this.#events = [];
      this.#head = 0;
    }
    return event;
  }

  /** Resolves when there is something to take, or nothing will come any more: then it answers false, or throws the run's error. */
  more(): Promise<boolean> {
    if (this.#events.length > 0) return Promise.resolve(true);
    if (this.#closed) return ending(this.#closed);
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #tell(more: boolean | Promise<boolean>): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.(more);
  }
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
