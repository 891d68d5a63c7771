import type { Seat } from "../process/reuse-port.ts";

/**
 * The processes that listen on the shared port, in the order of Linux's own list: a new one is last, and when one leaves, the last takes
 * its place. A wrong order would only mean that a few connections are reset.
 */
export class Seats<T> {
  readonly #listeners: T[] = [];
  #last = Promise.resolve();

  /** Lets one listener at a time take its place. */
  turn(listen: () => Promise<void>): Promise<void> {
    return (this.#last = this.#last.then(listen));
  }

  taken(listener: T): void {
    this.#listeners.push(listener);
  }

  left(listener: T): void {
    const index = this.#listeners.indexOf(listener);
    if (index < 0) return;
    const last = this.#listeners.pop() as T;
    if (last !== listener) this.#listeners[index] = last;
  }

  /** The place of a listener; undefined when it does not listen. */
  of(listener: T): Seat | undefined {
    const index = this.#listeners.indexOf(listener);
    return index < 0 ? undefined : { index, count: this.#listeners.length };
  }
}
