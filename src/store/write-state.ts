import { StoreUnavailable, TRY_AGAIN_S } from "./unavailable.ts";

/**
 * Whether a store accepts writes. A full disk or a read-only database can still be read, so only a write shows the trouble. Once a write
 * has failed, a trial write is made every few seconds until one succeeds.
 */
export class WriteState {
  readonly #tryWriting: () => void | Promise<unknown>;
  #trouble: StoreUnavailable | undefined;
  #timer: Timer | undefined;

  /** @param tryWriting makes a trial write that leaves nothing behind; throws StoreUnavailable when it fails */
  constructor(tryWriting: () => void | Promise<unknown>) {
    this.#tryWriting = tryWriting;
  }

  /** @throws StoreUnavailable when the last write has failed because of the store's trouble */
  require(): void {
    if (this.#trouble) throw this.#trouble;
  }

  failed(trouble: StoreUnavailable): void {
    this.#trouble = trouble;
    this.#timer ??= setTimeout(() => void this.#tryAgain(), TRY_AGAIN_S * 1000).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #tryAgain(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.#tryWriting();
      this.#trouble = undefined;
    } catch (error) {
      this.failed(error instanceof StoreUnavailable ? error : new StoreUnavailable("io_error", error));
    }
  }
}
