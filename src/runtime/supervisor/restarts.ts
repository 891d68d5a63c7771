import type { Logger } from "../../server/context.ts";
import { type Post, WorkerError } from "./post.ts";

/**
 * Replaces workers one after another, so that the others answer meanwhile. Those of the last request come first; one that is still loading
 * for an earlier request is started again, since an agent that never finishes loading must not block its corrected version.
 */
export class Restarts {
  readonly #logger: Logger;
  #waiting: readonly Post[] = [];
  #isBusy = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  ask(posts: readonly Post[]): void {
    this.#waiting = [...posts, ...this.#waiting.filter((post) => !posts.includes(post))];
    for (const post of posts) post.endLoading();
    if (!this.#isBusy) void this.#replaceAll();
  }

  async #replaceAll(): Promise<void> {
    this.#isBusy = true;
    const replaced = new Set<number>();
    while (this.#waiting.length > 0) {
      const [post, ...others] = this.#waiting;
      this.#waiting = others;
      try {
        if (await post!.replace()) replaced.add(post!.number);
      } catch (error) {
        if (!(error instanceof WorkerError)) throw error;
        replaced.clear();
        const fields = { worker: post!.number, code: error.code };
        this.#logger.error(fields, "a worker cannot be started anew, see above: it and those after it stay as they are");
        // The others could not start either. But if somebody has asked again since, that may have changed.
        if (this.#waiting === others) this.#waiting = [];
      }
    }
    this.#isBusy = false;
    if (replaced.size > 0) this.#logger.info({ workers: [...replaced] }, "the workers have been replaced");
  }
}
