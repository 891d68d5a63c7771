/** Work of which only one may go on at a time for each key. Who comes while another is at it waits, in the order of coming. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves, once it is the caller's turn, to a function that ends it. */
  async take(key: string): Promise<() => void> {
    const before = this.#last.get(key);
    const mine = Promise.withResolvers<void>();
    this.#last.set(key, mine.promise);
    await before;
    return () => {
      mine.resolve();
      if (this.#last.get(key) === mine.promise) this.#last.delete(key);
    };
  }
}
