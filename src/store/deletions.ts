/** A thread that was deleted, or is to be. */
export type ThreadKey = { userId: string; threadId: string };

/** What a database deletes at a time is done in a few milliseconds; in between others take their turn. */
const PAUSE_MS = 10;

/**
 * Deletes what deleted threads have left behind, one batch after another: nobody waits for a long one. A process that dies meanwhile
 * leaves the rest to the next that looks.
 */
export class Deletions {
  readonly #deleteBatch: (thread: ThreadKey) => Promise<boolean>;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param deleteBatch answers whether something is left */
  constructor(deleteBatch: (thread: ThreadKey) => Promise<boolean>) {
    this.#deleteBatch = deleteBatch;
  }

  /** Resolves when nothing of these threads is left, or the store is closed. */
  finish(threads: ThreadKey[]): Promise<void> {
    const done = this.#last.then(() => this.#finish(threads));
    // One that fails must not keep those after it.
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
