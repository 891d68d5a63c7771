import { Database, SQLiteError, type Statement } from "bun:sqlite";
import { accessSync, constants } from "node:fs";
import { ChatKitError } from "../../errors.ts";
import { createPrivateFile, warnOfWriters, type Warn } from "../private-files.ts";
import { escapeText, isStorable, unescapeText } from "../text-escape.ts";

export type SqliteValue = string | number | null;
type Row = Record<string, SqliteValue>;
type Waiting = { run: () => unknown; durable: boolean; done(value: unknown): void; reject(error: unknown): void };

/** How long one process waits for another one's write. The wait blocks the event loop, so it ends well before a client's patience. */
const BUSY_TIMEOUT_MS = 5000;
/** Trouble of the file or its disk that may pass: by SQLite's names, of which the extended ones have more behind them. */
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|PROTOCOL)/;

/** One connection: prepared statements, transactions, errors in the library's words. */
export class SqliteDatabase {
  readonly #db: Database;
  readonly #waiting: Waiting[] = [];
  // Bun's own cache ends at 20 statements.
  readonly #statements = new Map<string, Statement>();

  /** @param path a file, made with its folder when missing, or ":memory:". @throws ChatKitError store_unavailable, naming the file */
  constructor(path: string, warn: Warn = () => {}) {
    try {
      this.#db = open(path, warn);
    } catch (cause) {
      const message = `The database file ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new ChatKitError("store_unavailable", { message, cause });
    }
  }

  all<R>(sql: string, ...values: SqliteValue[]): R[] {
    return translated(() => this.#prepare(sql).all(...values.map(toStored)) as Row[]).map((row) => fromStored<R>(row));
  }

  get<R>(sql: string, ...values: SqliteValue[]): R | null {
    const row = translated(() => this.#prepare(sql).get(...values.map(toStored)) as Row | null);
    return row && fromStored<R>(row);
  }

  /** Answers how many rows were written, cascades not counted. */
  run(sql: string, ...values: SqliteValue[]): number {
    return translated(() => this.#prepare(sql).run(...values.map(toStored)).changes);
  }

  /** Any number of statements, without values. */
  script(sql: string): void {
    translated(() => this.#db.run(sql));
  }

  /** `work` must not await. The write lock is taken at once: taken later it could fail in a way that waiting does not cure. */
  write<T>(work: () => T): T {
    return translated(() => this.#db.transaction(work).immediate());
  }

  /**
   * The same for writes of the hot path: what is asked for in one turn of the loop shares a commit, for each one waits for the
   * disk, and everybody with it. `work` that throws takes only its own part back. With `durable: false` the commit is safe from
   * a crash of the process and may be lost with the machine's power.
   */
  writeSoon<T>(work: () => T, { durable = true } = {}): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#waiting.length === 0) setImmediate(() => this.#commit());
    this.#waiting.push({ durable, reject, run: work, done: resolve as (value: unknown) => void });
    return promise;
  }

  close(): void {
    this.#commit();
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#db.close();
  }

  #commit(): void {
    const works = this.#waiting.splice(0);
    if (works.length === 0) return;
    const durable = works.some((work) => work.durable);
    try {
      if (!durable) this.#db.run("pragma synchronous = normal");
      const settle = this.write(() => works.map((work) => this.#part(work, works.length > 1)));
      for (const tell of settle) tell();
    } catch (error) {
      for (const { reject } of works) reject(error);
    } finally {
      if (!durable) this.#db.run("pragma synchronous = full");
    }
  }

  /** Does one part of a commit; answers what to tell its caller once that is on disk. */
  #part({ run, done, reject }: Waiting, isShared: boolean): () => void {
    try {
      const value = isShared ? this.#db.transaction(run)() : run();
      return () => done(value);
    } catch (error) {
      // Alone, it takes the whole transaction back; shared, its savepoint is gone already.
      if (!isShared) throw error;
      return () => reject(error);
    }
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

function open(path: string, warn: Warn): Database {
  const isFile = path !== ":memory:" && path !== "";
  // Before SQLite does, who would let others read it; the files that it keeps beside get the same mode.
  if (isFile) createPrivateFile(path, warn);
  const db = new Database(path, { create: true, readwrite: true });
  db.run(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  db.run("pragma journal_mode = wal");
  // What a client was told is stored must outlive the machine's power: WAL alone syncs at checkpoints only.
  db.run("pragma synchronous = full");
  db.run("pragma foreign_keys = on");
  // SQLite opens a file that may only be read, too: then each message would fail.
  if (isFile) accessSync(path, constants.W_OK);
  if (isFile) warnOfWriters(path, warn);
  return db;
}

function toStored(value: SqliteValue): SqliteValue {
  return typeof value === "string" && !isStorable(value) ? escapeText(value) : value;
}

function fromStored<R>(row: Row): R {
  for (const name in row) {
    const value = row[name];
    if (typeof value === "string") row[name] = unescapeText(value);
  }
  return row as R;
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SQLiteError) || !UNAVAILABLE.test(error.code ?? "")) throw error;
    throw new ChatKitError("store_unavailable", { retryAfterS: 1, cause: error });
  }
}
