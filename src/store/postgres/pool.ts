import { WriteState } from "../write-state.ts";
import { codeOf, isOfWrites, translated, troubleOf, unavailable } from "./errors.ts";
import { readLarge } from "./large-json.ts";
import { PostgresLane, type PostgresOptions, type Sql } from "./lane.ts";
import { TAKEN_BACK, tryWriting } from "./try-writing.ts";

const DEADLINE_MS = 8000;
/**
 * After this part of the deadline PostgreSQL itself ends a statement, so that its answer arrives before the deadline. No answer at the
 * deadline then means that the connection is broken.
 */
const STATEMENT_SHARE = 0.6;

type Repeat = "safe" | "unsafe";

/**
 * The connections of this process: each runs one statement at a time, with a deadline. When one is lost, all are replaced, and
 * statements that may be repeated are repeated once.
 */
export class PostgresPool {
  readonly #options: PostgresOptions;
  readonly #deadlineMs: number;
  readonly #statementTimeoutMs: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #lane: PostgresLane;
  readonly #ending = new Set<Promise<void>>();
  readonly #writes = new WriteState(() => this.#tryWriting());
  #closed = false;

  constructor(options: PostgresOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#statementTimeoutMs = Math.round(this.#deadlineMs * STATEMENT_SHARE);
    this.#free = options.poolSize ?? 10;
    this.#lane = this.#newLane();
  }

  /**
   * @param statement makes the statement; called again for a repeat
   * @param repeat "unsafe" when running it twice differs from running it once: then it is not repeated if it may have arrived
   * @throws ChatKitError store_unavailable
   */
  async query<T>(statement: (sql: Sql) => PromiseLike<T>, repeat: Repeat = "safe"): Promise<T> {
    return readLarge(await this.#answer(statement, repeat));
  }

  async #answer<T>(statement: (sql: Sql) => PromiseLike<T>, repeat: Repeat): Promise<T> {
    const deadline = Date.now() + this.#deadlineMs;
    await this.#connection(deadline);
    try {
      return await this.#twice(statement, repeat, deadline);
    } catch (error) {
      const told = translated(error);
      // Trouble with the connection need not be remembered: the next statement finds it out by itself.
      if (isOfWrites(told)) this.#writes.failed(told);
      throw told;
    } finally {
      this.#release();
    }
  }

  /** @throws StoreUnavailable after a write has failed because the database takes none, until a write is possible again */
  requireWritable(): void {
    this.#writes.require();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#writes.close();
    await Promise.all([this.#lane.end(this.#statementTimeoutMs), ...this.#ending]);
  }

  async #twice<T>(statement: (sql: Sql) => PromiseLike<T>, repeat: Repeat, deadline: number): Promise<T> {
    try {
      return await this.#once(statement, deadline);
    } catch (error) {
      const trouble = troubleOf(error);
      const repeatable = trouble === "undone" || (trouble === "lost" && (repeat === "safe" || neverSent(error)));
      // Not after the deadline: the caller has been told by then that nothing was written.
      if (!repeatable || Date.now() >= deadline) throw error;
      return await this.#once(statement, deadline);
    }
  }

  async #once<T>(statement: (sql: Sql) => PromiseLike<T>, deadline: number): Promise<T> {
    const lane = this.#lane;
    const late = Promise.withResolvers<never>();
    // The server ends a slow statement sooner than this, so no answer at all means that it cannot be reached.
    const silence = () => late.reject(Object.assign(new Error("no answer from the database"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(silence, Math.max(1, deadline - Date.now()));
    try {
      return await Promise.race([lane.run(statement), late.promise]);
    } catch (error) {
      if (troubleOf(error) === "lost") this.#replace(lane);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #tryWriting(): Promise<void> {
    await this.query(tryWriting, "unsafe").catch((error: unknown) => {
      if (codeOf(error) !== TAKEN_BACK) throw error;
    });
  }

  #replace(lost: PostgresLane): void {
    if (this.#lane !== lost || this.#closed) return;
    this.#lane = this.#newLane();
    const ended = lost.end(this.#statementTimeoutMs).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #newLane(): PostgresLane {
    return new PostgresLane(this.#options, { statementTimeoutMs: this.#statementTimeoutMs });
  }

  #connection(deadline: number): Promise<void> | void {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    return new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(unavailable(new Error("every connection was in use")));
      }, deadline - Date.now());
      this.#waiting.push(admit);
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

/** Whether the statement was surely not sent, since no connection could be made. */
function neverSent(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? "";
  return /^(ECONNREFUSED|ENOTFOUND|ENOENT|EAI_\w+|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|57P03)$/.test(code);
}
