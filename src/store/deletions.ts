/** A thread that was deleted, or will be. */
export type ThreadKey = { userId: string; threadId: string };

/** The pause between two batches, in which others get their turn. A batch takes a few milliseconds. */
const PAUSE_MS = 10;

/**
 * Deletes the rows of deleted threads, in small batches, so that nothing waits for a large one. If the process dies, another one
 * continues.
 */
export class Deletions {
  readonly #deleteBatch: (thread: ThreadKey) => Promise<boolean>;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param deleteBatch deletes a batch; resolves to whether something is left */
  constructor(deleteBatch: (thread: ThreadKey) => Promise<boolean>) {
    this.#deleteBatch = deleteBatch;
  }

  /** Resolves when nothing of these threads is left, or the store is closed. */
  finish(threads: ThreadKey[]): Promise<void> {
    const done = this.#last.then(() => this.#finish(threads));
    // A failed deletion must not block those after it.
    this.#last = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  async #finish(threads: ThreadKey[]): Promise<void> {
    for (const thread of threads) {
      while (!this.#isClosed && (await this.#deleteBatch(thread))) await Bun.sleep(PAUSE_MS);
    }
  }
}
