import { StoreUnavailable, TRY_AGAIN_S } from "./unavailable.ts";

/**
 * Whether a store takes writes. A full disk or a database turned read-only can still be read, so that no reading shows it: the last
 * write does. Once one has failed a write is tried every few seconds, until it is possible again.
 */
export class WriteState {
  readonly #tryWriting: () => void | Promise<unknown>;
  #trouble: StoreUnavailable | undefined;
  #timer: Timer | undefined;

  /** @param tryWriting throws StoreUnavailable as long as writing is not possible; leaves nothing behind */
  constructor(tryWriting: () => void | Promise<unknown>) {
    this.#tryWriting = tryWriting;
  }

  /** @throws StoreUnavailable when the last write has failed for the sake of the store */
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
