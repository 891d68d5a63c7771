import type { Database } from "bun:sqlite";
import { StoreUnavailable } from "../unavailable.ts";
import { inOurWords, isLocked, translated } from "./errors.ts";

type Part = {
  work: () => unknown;
  durable: boolean;
  askedAt: number;
  /** A commit it shared has failed. */
  isAlone: boolean;
  done(value: unknown): void;
  reject(error: unknown): void;
};

/** How long a write waits for another process's: as long as one to PostgreSQL waits for an answer. */
const PATIENCE_MS = 8000;
/** Between two looks at a file that another process holds; the last one repeats. */
const PAUSES_MS = [1, 2, 5, 10, 15, 20, 25];

/**
 * Writes on their way to the disk. What is asked for in one turn of the loop shares a commit, for each one waits for the disk, and
 * everybody with it. A file that another process holds is asked for again and again: waiting inside SQLite would stop the loop.
 */
export class CommitQueue {
  readonly #db: Database;
  readonly #onTrouble: (trouble: StoreUnavailable, work: () => unknown) => void;
  #parts: Part[] = [];
  /** Whether the next commit has its time. */
  #isPlanned = false;
  /** Looks in vain at the file since it could last be had. */
  #inVain = 0;
  #onEmpty: (() => void)[] = [];

  /** @param onTrouble told of each part that failed for the sake of the file */
  constructor(db: Database, onTrouble: (trouble: StoreUnavailable, work: () => unknown) => void) {
    this.#db = db;
    this.#onTrouble = onTrouble;
  }

  /** @param work must not await, and may be called again after it was undone. @param durable safe from a loss of power, too */
  add<T>(work: () => T, durable: boolean): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#parts.push({ work, durable, askedAt: performance.now(), isAlone: false, done: resolve as (value: unknown) => void, reject });
    this.#plan();
    return promise;
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    if (this.#parts.length > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  #plan(afterMs = 0): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    if (afterMs === 0) setImmediate(this.#next);
    else setTimeout(this.#next, afterMs);
  }

  readonly #next = (): void => {
    this.#isPlanned = false;
    const parts = this.#parts;
    this.#parts = parts[0]?.isAlone ? parts.splice(1) : [];
    try {
      const answers = this.#commit(parts);
      this.#inVain = 0;
      for (const answer of answers) answer();
    } catch (error) {
      this.#failed(parts, error);
    }
    if (this.#parts.length > 0) this.#plan();
    else for (const resolve of this.#onEmpty.splice(0)) resolve();
  };

  /** Answers what to tell the callers. The write lock is taken at once: taken later it could fail in a way that waiting does not cure. */
  #commit(parts: Part[]): (() => void)[] {
    const isDurable = parts.some(({ durable }) => durable);
    const isShared = parts.length > 1;
    if (!isDurable) this.#db.run("pragma synchronous = normal");
    try {
      return translated(() => this.#db.transaction(() => parts.map((part) => this.#part(part, isShared))).immediate());
    } finally {
      if (!isDurable) this.#db.run("pragma synchronous = full");
    }
  }

  /** Does one part of a commit; answers what to tell its caller once that is on disk. */
  #part({ work, done, reject }: Part, isShared: boolean): () => void {
    try {
      const value = isShared ? this.#db.transaction(work)() : work();
      return () => done(value);
    } catch (error) {
      // Alone, it takes the whole transaction back; shared, its savepoint is gone already. Trouble of the file is nobody's own, and
      // may have ended the transaction with all that others had in it.
      if (!isShared || inOurWords(error) instanceof StoreUnavailable) throw error;
      return () => reject(error);
    }
  }

  /** Nothing of these parts is stored. */
  #failed(parts: Part[], error: unknown): void {
    if (isLocked(error)) return this.#wait(parts, error);
    const [part] = parts;
    if (part && parts.length === 1) {
      part.reject(error);
      if (error instanceof StoreUnavailable) this.#onTrouble(error, part.work);
      return;
    }
    // One by one, so that each is told what has become of it and of nothing else.
    this.#parts = [...parts.map((one) => ({ ...one, isAlone: true })), ...this.#parts];
  }

  #wait(parts: Part[], error: unknown): void {
    const since = performance.now() - PATIENCE_MS;
    const [late, waiting] = [parts.filter(({ askedAt }) => askedAt < since), parts.filter(({ askedAt }) => askedAt >= since)];
    this.#parts = [...waiting, ...this.#parts];
    for (const { reject, work } of late) {
      reject(error);
      this.#onTrouble(error as StoreUnavailable, work);
    }
    if (this.#parts.length > 0) this.#plan(PAUSES_MS[Math.min(this.#inVain++, PAUSES_MS.length - 1)]);
  }
}
