/**
 * Saving: the threads of a project go from the hosted backend into the folder, several at once. It is never decided here how a request is made
 * (`../hosted/`) or how bytes come to the disk (`../saved/`).
 */
import { existsSync } from "node:fs";
import { ListBroken } from "../hosted/list-page.ts";
import { RequestFailure } from "../hosted/request-failure.ts";
import { listThreads, type Listing, type Wanted } from "./list-threads.ts";
import type { Progress } from "./progress.ts";
import { saveThread, type Saving } from "./save-thread.ts";
import { DueThreads, noteGone, type ListedThread } from "../saved/listed-threads.ts";
import { requireSameProject } from "./same-project.ts";
import { TransferError } from "../transfer-error.ts";

/** How many threads are read at the same time. How many requests run at once is for `Gate` to decide. */
const READERS = 8;
/** After so many threads in a row that cannot be read the run ends: the trouble is not with single threads. */
const FAILURES_IN_A_ROW = 20;
/** A key that may read none of so many threads has no right to read threads. */
const REFUSED = 20;
/** New threads may come while others are read. After so many listings the run ends all the same. */
const MOST_LISTINGS = 10;

/** Thrown when the run cannot go on. What it has saved is valid. */
export class RunEnded extends Error {
  constructor(
    reason: string,
    /** The error to end with; without one, the run ends with something missing. */
    readonly error?: TransferError,
  ) {
    super(reason);
  }
}

/** Lists the threads of a project and reads their items, both at once. */
export class HostedRun {
  #failures = 0;
  #hasBegun = false;
  #hasRead = false;
  #refused: { first: RequestFailure; count: number } | undefined;
  #listProblem: string | undefined;
  readonly #due: DueThreads;
  readonly #listing: Listing;

  constructor(
    private readonly saving: Saving,
    private readonly wanted: Wanted,
    private readonly progress: Progress,
    private readonly stop: AbortController,
  ) {
    const { api, ledger, run, seal } = saving;
    this.#due = new DueThreads(ledger, run);
    this.#listing = { api, ledger, run, wanted, seal, begin: (page) => this.#begin(page), tell: (fresh) => this.#listed(fresh) };
    stop.signal.addEventListener("abort", () => this.#due.tell(false));
  }

  /** @throws RunEnded, TransferError, or what the disk throws */
  async readAll(): Promise<void> {
    let fresh = 1;
    for (let listing = 0; fresh > 0 && listing < MOST_LISTINGS; listing++) {
      this.#due.tell(true);
      const [listed] = await this.#together([this.#list(listing > 0), ...Array.from({ length: READERS }, () => this.#read())]);
      fresh = listed ?? 0;
    }
    this.#endWhenRefused(2);
    if (this.#listProblem !== undefined) throw new RunEnded(this.#listProblem);
    noteGone(this.saving.ledger, this.saving.run, this.wanted, () => this.saving.seal.break());
  }

  /** Waits for all of them. When one fails the others are told to stop, and first finish what they are writing. */
  async #together<T>(works: readonly Promise<T>[]): Promise<T[]> {
    let first: { error: unknown } | undefined;
    const ended = works.map((work) =>
      work.catch((error: unknown) => {
        first ??= { error };
        this.stop.abort();
      }),
    );
    const values = await Promise.all(ended);
    if (!first) return values as T[];
    if (first.error instanceof TransferError && this.#isUnfinished()) throw new RunEnded(first.error.message, first.error);
    throw first.error;
  }

  /** Whether there is something that the manifest does not have: of this run, or of an earlier one that was cut off. */
  #isUnfinished(): boolean {
    const { ledger, paths } = this.saving;
    return !existsSync(paths.manifest) && ledger.get("select 1 from threads") !== null;
  }

  /** Lists the threads. When the list cannot be read to its end, the threads it did name are read, and the trouble is noted as missing. */
  async #list(untilSeen: boolean): Promise<number> {
    try {
      return await listThreads(this.#listing, untilSeen);
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure || thrown instanceof ListBroken)) throw thrown;
      const reason = `${this.saving.api.shownUrl}: ${thrown.message}`;
      if (!this.#hasBegun) throw new TransferError(`the threads cannot be listed: ${reason}`);
      this.#listProblem = reason;
      return 0;
    } finally {
      this.progress.isListing = false;
      this.#due.tell(false);
    }
  }

  async #begin(page: readonly ListedThread[]): Promise<void> {
    if (this.#hasBegun) return;
    const { ledger, paths, api, writer } = this.saving;
    await requireSameProject(ledger, paths.folder, api, page);
    await writer.begin();
    this.#hasBegun = true;
  }

  #listed(fresh: number): void {
    this.progress.threads += fresh;
    this.#due.tell(true);
  }

  async #read(): Promise<number> {
    for (let visit = await this.#due.next(); visit; visit = await this.#due.next()) {
      this.stop.signal.throwIfAborted();
      try {
        const items = await saveThread(this.saving, visit);
        this.progress.items += items;
        this.#failures = 0;
        this.#hasRead = true;
      } catch (thrown) {
        if (!(thrown instanceof RequestFailure || thrown instanceof ListBroken)) throw thrown;
        this.saving.seal.break();
        this.saving.ledger.run("update threads set missing = ? where id = ?", thrown.message, visit.id);
        if (thrown instanceof RequestFailure) await this.#consider(thrown);
      }
      this.progress.done++;
    }
    return 0;
  }

  /** Whether a failure with one thread concerns all threads. */
  async #consider(failure: RequestFailure): Promise<void> {
    const { api } = this.saving;
    if (failure.isPassing && ++this.#failures >= FAILURES_IN_A_ROW) {
      throw new RunEnded(`${api.shownUrl} stopped answering: ${failure.message}`);
    }
    // Reads the list again, which the key could read before: if that fails too, the key is not accepted any more.
    if (failure.status === 401) await api.threads(undefined, this.wanted.user);
    if (failure.status !== 401 && failure.status !== 403) return;
    this.#refused = { first: this.#refused?.first ?? failure, count: (this.#refused?.count ?? 0) + 1 };
    this.#endWhenRefused(REFUSED);
  }

  #endWhenRefused(count: number): void {
    if (this.#hasRead || !this.#refused || this.#refused.count < count) return;
    const error = this.saving.api.keyTrouble(this.#refused.first)!;
    throw new RunEnded(error.message, error);
  }
}
