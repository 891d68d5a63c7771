import type { Seat } from "./reuse-port.ts";

/**
 * Who listens on the shared port, in the order in which Linux keeps them: a new one comes last, and the last one takes the place of
 * one that leaves. A wrong order would do no harm but reset a few connections.
 */
export class Seats<T> {
  readonly #listeners: T[] = [];

  taken(listener: T): void {
    this.#listeners.push(listener);
  }

  left(listener: T): void {
    const index = this.#listeners.indexOf(listener);
    if (index < 0) return;
    const last = this.#listeners.pop() as T;
    if (last !== listener) this.#listeners[index] = last;
  }

  /** Undefined for one that does not listen. */
  of(listener: T): Seat | undefined {
    const index = this.#listeners.indexOf(listener);
    return index < 0 ? undefined : { index, count: this.#listeners.length };
  }
}
