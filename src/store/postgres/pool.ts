import { codeOf } from "../../errors.ts";
import { StoreUnavailable } from "../unavailable.ts";
import { WriteState } from "../write-state.ts";
import { READ_ONLY, isOfWrites, translated, troubleOf, unavailable } from "./errors.ts";
import { readLarge } from "./large-json.ts";
import { PostgresLane, type PostgresOptions, type Sql } from "./lane.ts";
import { TAKEN_BACK, tryWriting } from "./try-writing.ts";

const DEADLINE_MS = 8000;
/**
 * After this part of the deadline PostgreSQL itself ends a statement, so that its answer arrives soon. A little later no answer means that
 * the connection is broken. What is left then is enough for a repeat on a new one.
 */
const STATEMENT_SHARE = 0.6;
const SILENCE_SHARE = 0.7;

type Repeat = "safe" | "unsafe";

/**
 * The connections of this process: each runs one statement at a time, with a deadline. When one is lost, all are replaced, and
 * statements that may be repeated are repeated once. A statement whose deadline passes keeps its connection until that is found to work
 * or to be broken. If connections were replaced because somebody had waited for them too long, new ones would never have the time to
 * come up after an outage, as long as others wait.
 */
export class PostgresPool {
  readonly #options: PostgresOptions;
  readonly #deadlineMs: number;
  readonly #statementTimeoutMs: number;
  readonly #silenceMs: number;
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
    this.#silenceMs = Math.round(this.#deadlineMs * SILENCE_SHARE);
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
    await this.#connection();
    const answer = this.#twice(statement, repeat, deadline).finally(() => this.#release());
    try {
      return await within(deadline - Date.now(), answer);
    } catch (error) {
      const told = translated(error);
      // Trouble with the connection need not be remembered: the next statement finds it out by itself.
      if (isOfWrites(told)) this.#writes.failed(told);
      throw told;
    }
  }

  /** @throws StoreUnavailable after a write has failed because the database takes none, until a write is possible again */
  requireWritable(): void {
    this.#writes.require();
  }

  /** The error for a database that can only be read. From then on another host is looked for, if there are several. */
  readOnly(): StoreUnavailable {
    if (this.#lane.hosts.length > 1) this.#replace(this.#lane);
    return new StoreUnavailable("read_only", new Error("the database takes no writes"));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#writes.close();
    await Promise.all([this.#lane.end(this.#statementTimeoutMs), ...this.#ending]);
  }

  async #twice<T>(statement: (sql: Sql) => PromiseLike<T>, repeat: Repeat, deadline: number): Promise<T> {
    try {
      return await this.#once(statement);
    } catch (error) {
      const trouble = troubleOf(error);
      const repeatable = trouble === "undone" || this.#hasMoved(error) || (trouble === "lost" && (repeat === "safe" || neverSent(error)));
      // Not after the deadline: the caller has been told by then that nothing was written.
      if (!repeatable || Date.now() >= deadline) throw error;
      return await this.#once(statement);
    }
  }

  async #once<T>(statement: (sql: Sql) => PromiseLike<T>): Promise<T> {
    const lane = this.#lane;
    try {
      return await within(this.#silenceMs, lane.run(statement));
    } catch (error) {
      if (troubleOf(error) === "lost" || this.#hasMoved(error)) this.#replace(lane);
      throw error;
    }
  }

  /** Whether another host may take the writes now that this one refuses. */
  #hasMoved(error: unknown): boolean {
    return this.#lane.hosts.length > 1 && codeOf(error) === READ_ONLY;
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

  #connection(): Promise<void> | void {
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
        // Not at the deadline, with no time left to be answered.
      }, this.#silenceMs);
      this.#waiting.push(admit);
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const silence = () => late.reject(Object.assign(new Error("no answer from the database"), { code: "ETIMEDOUT" }));
  const timer = setTimeout(silence, ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the statement was surely not sent, since no connection could be made. */
function neverSent(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? "";
  return /^(ECONNREFUSED|ENOTFOUND|ENOENT|EAI_\w+|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|57P03)$/.test(code);
}
