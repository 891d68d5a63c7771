/** The list of threads, newest first, as far as it was loaded. It never shows a thread as deleted or renamed that the server has not. */
import type { Page, Thread } from "../../../protocol/thread.ts";
import type { Connection } from "../client/connection.ts";

const PAGE_THREADS = 50;

export class Threads {
  list: Thread[] = [];
  isLoading = false;
  /** The message of the last error. */
  problem: string | undefined;
  query = "";
  #after: string | undefined;
  #isWhole = false;

  constructor(
    private readonly connection: Connection,
    private readonly changed: () => void,
  ) {}

  get hasMore(): boolean {
    return !this.#isWhole;
  }

  /** The threads whose titles have all the words of the search. */
  get found(): Thread[] {
    const words = this.query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return this.list.filter(({ title = "" }) => words.every((word) => title.toLocaleLowerCase().includes(word)));
  }

  search(query: string): void {
    this.query = query;
    this.changed();
  }

  /** Loads the first page again. */
  async reload(): Promise<void> {
    this.#after = undefined;
    await this.#try(async () => this.#add(await this.#page(), []));
  }

  async loadMore(): Promise<void> {
    if (this.#isWhole || this.isLoading) return;
    await this.#try(async () => this.#add(await this.#page(), this.list));
  }

  /** @returns whether the server has done it */
  async rename(id: string, title: string): Promise<boolean> {
    return this.#try(async () => {
      const renamed = await this.connection.ask<Thread>("threads.update", { thread_id: id, title });
      this.list = this.list.map((thread) => (thread.id === id ? renamed : thread));
    });
  }

  async delete(id: string): Promise<boolean> {
    return this.#try(async () => {
      await this.connection.ask("threads.delete", { thread_id: id });
      this.list = this.list.filter((thread) => thread.id !== id);
    });
  }

  #page(): Promise<Page<Thread>> {
    return this.connection.ask("threads.list", { limit: PAGE_THREADS, order: "desc", ...(this.#after !== undefined && { after: this.#after }) });
  }

  #add({ data, has_more, after }: Page<Thread>, before: Thread[]): void {
    const known = new Set(before.map(({ id }) => id));
    this.list = [...before, ...data.filter(({ id }) => !known.has(id))];
    this.#after = after;
    this.#isWhole = !has_more;
  }

  async #try(work: () => Promise<void>): Promise<boolean> {
    this.isLoading = true;
    this.problem = undefined;
    this.changed();
    try {
      await work();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isLoading = false;
    this.changed();
    return this.problem === undefined;
  }
}
