import type { Database } from "bun:sqlite";
import { StoreUnavailable } from "../unavailable.ts";
import { inOurWords, isLocked, translated } from "./errors.ts";

type Part = {
  work: () => unknown;
  durable: boolean;
  askedAt: number;
  /** Set after a commit that it shared with others has failed: then it gets one of its own. */
  isAlone: boolean;
  done(value: unknown): void;
  reject(error: unknown): void;
};

/** Tells the caller of a write what came of it; called once the commit is on disk. */
type Answer = () => void;

/** How long a write waits for another process that holds the file; as long as one to PostgreSQL waits for its answer. */
const PATIENCE_MS = 8000;
/** The pauses between attempts while another process holds the file; the last one repeats. */
const PAUSES_MS = [1, 2, 5, 10, 15, 20, 25];

/**
 * Collects writes into commits. All writes of one turn of the event loop share a commit, since each commit waits for the disk and holds
 * the event loop meanwhile. When another process holds the file, the commit is tried again later: SQLite's own waiting would hold the
 * event loop, too.
 */
export class CommitQueue {
  readonly #db: Database;
  // Made once: to make a transaction takes as long as to begin it.
  readonly #together: { immediate(parts: Part[]): Answer[] };
  readonly #savepoint: (work: () => unknown) => unknown;
  readonly #onTrouble: (trouble: StoreUnavailable, work: () => unknown) => void;
  #parts: Part[] = [];
  /** Whether the next commit is scheduled. */
  #isPlanned = false;
  /** Failed attempts since the file was last free. */
  #inVain = 0;
  #onEmpty: (() => void)[] = [];

  /** @param onTrouble called for each write that failed because of trouble with the file */
  constructor(db: Database, onTrouble: (trouble: StoreUnavailable, work: () => unknown) => void) {
    this.#db = db;
    this.#together = db.transaction((parts: Part[]) => parts.map((part) => this.#part(part, parts.length > 1)));
    this.#savepoint = db.transaction((work: () => unknown) => work());
    this.#onTrouble = onTrouble;
  }

  /** @param work must not await; may be called again after it was rolled back. @param durable whether it must survive a loss of power */
  add<T>(work: () => T, durable: boolean): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#parts.push({ work, durable, askedAt: performance.now(), isAlone: false, done: resolve as (value: unknown) => void, reject });
    this.#plan();
    return promise;
  }

  /** Resolves when no write is waiting. */
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

  /** Takes the write lock at the start: later it could fail in a way that no retry cures. */
  #commit(parts: Part[]): Answer[] {
    const isDurable = parts.some(({ durable }) => durable);
    if (!isDurable) this.#db.run("pragma synchronous = normal");
    try {
      return translated(() => this.#together.immediate(parts));
    } finally {
      if (!isDurable) this.#db.run("pragma synchronous = full");
    }
  }

  #part({ work, done, reject }: Part, isShared: boolean): Answer {
    try {
      const value = isShared ? this.#savepoint(work) : work();
      return () => done(value);
    } catch (error) {
      // A write alone rolls the transaction back by throwing; a shared one has rolled back only its own savepoint. Trouble with the
      // file may have ended the whole transaction, so it fails for all.
      if (!isShared || inOurWords(error) instanceof StoreUnavailable) throw error;
      return () => reject(error);
    }
  }

  /** Called when nothing of these writes is stored. */
  #failed(parts: Part[], error: unknown): void {
    if (isLocked(error)) return this.#wait(parts, error);
    const [part] = parts;
    if (part && parts.length === 1) {
      part.reject(error);
      if (error instanceof StoreUnavailable) this.#onTrouble(error, part.work);
      return;
    }
    // Each is tried again in a commit of its own, so that its caller learns what became of this one write.
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
