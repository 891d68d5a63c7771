import { Database, type Statement } from "bun:sqlite";
import { accessSync, constants } from "node:fs";
import { ChatKitError } from "../../errors.ts";
import { createPrivateFile, warnOfWriters, type Warn } from "../private-files.ts";
import { escapeText, isStorable, unescapeText } from "../text-escape.ts";
import { WriteState } from "../write-state.ts";
import { CommitQueue } from "./commit-queue.ts";
import { isLocked, translated } from "./errors.ts";
import { tryWriting } from "./try-writing.ts";

export type SqliteValue = string | number | null;
type Row = Record<string, SqliteValue>;

/** How long opening waits for another process: nobody is being answered yet. */
const OPENING_PATIENCE_MS = 5000;
/** How long a read waits, and the loop with it, for another process that mends the file after a crash; nothing else locks reads out. */
const READING_PATIENCE_MS = 1000;

/** One connection: prepared statements, transactions, errors in the library's words. */
export class SqliteDatabase {
  readonly #db: Database;
  readonly #commits: CommitQueue;
  readonly #writes: WriteState;
  // Bun's own cache ends at 20 statements.
  readonly #statements = new Map<string, Statement>();
  #lastFailed: (() => unknown) | undefined;

  /** @param path a file, made with its folder when missing, or ":memory:". @throws ChatKitError store_unavailable, naming the file */
  constructor(path: string, warn: Warn = () => {}) {
    try {
      this.#db = open(path, warn);
    } catch (cause) {
      const message = `The database file ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new ChatKitError("store_unavailable", { message, cause });
    }
    this.#writes = new WriteState(() => tryWriting(this.#db, this.#lastFailed));
    this.#commits = new CommitQueue(this.#db, (trouble, work) => {
      this.#lastFailed = work;
      this.#writes.failed(trouble);
    });
  }

  all<R>(sql: string, ...values: SqliteValue[]): R[] {
    return this.#read(() => this.#prepare(sql).all(...values.map(toStored)) as Row[]).map((row) => fromStored<R>(row));
  }

  /** The first rows, for as long as there is room, and null in the place of the first one for which there is none: no other is read. */
  some<R>(hasRoom: (row: R) => boolean, sql: string, ...values: SqliteValue[]): (R | null)[] {
    return this.#read(() => {
      const rows: (R | null)[] = [];
      for (const row of this.#prepare(sql).iterate(...values.map(toStored)) as IterableIterator<Row>) {
        const fits = hasRoom(fromStored<R>(row));
        rows.push(fits ? (row as R) : null);
        if (!fits) break;
      }
      return rows;
    });
  }

  get<R>(sql: string, ...values: SqliteValue[]): R | null {
    const row = this.#read(() => this.#prepare(sql).get(...values.map(toStored)) as Row | null);
    return row && fromStored<R>(row);
  }

  /** Inside a write. Answers how many rows were written, cascades not counted. */
  run(sql: string, ...values: SqliteValue[]): number {
    return translated(() => this.#prepare(sql).run(...values.map(toStored)).changes);
  }

  /** Inside a write: any number of statements, without values. */
  script(sql: string): void {
    translated(() => this.#db.run(sql));
  }

  /**
   * One transaction; resolves once it is on disk. `work` must not await, and may be called again after it was undone. It shares its
   * commit with what else is asked for in this turn of the loop, and takes only its own part back when it throws. With
   * `durable: false` the commit is safe from a crash of the process and may be lost with the machine's power.
   */
  write<T>(work: () => T, { durable = true } = {}): Promise<T> {
    return this.#commits.add(work, durable);
  }

  /** @throws StoreUnavailable when the last write has failed for the sake of the file, until one is possible again */
  requireWritable(): void {
    this.#writes.require();
  }

  async close(): Promise<void> {
    await this.#commits.settled();
    this.#writes.close();
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#db.close();
  }

  #read<T>(work: () => T): T {
    try {
      return translated(work);
    } catch (error) {
      if (!isLocked(error) || this.#db.inTransaction) throw error;
    }
    this.#db.run(`pragma busy_timeout = ${READING_PATIENCE_MS}`);
    try {
      return translated(work);
    } finally {
      this.#db.run("pragma busy_timeout = 0");
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
  db.run(`pragma busy_timeout = ${OPENING_PATIENCE_MS}`);
  db.run("pragma journal_mode = wal");
  // What a client was told is stored must outlive the machine's power: WAL alone syncs at checkpoints only.
  db.run("pragma synchronous = full");
  db.run("pragma foreign_keys = on");
  // SQLite opens a file that may only be read, too: then each message would fail.
  if (isFile) accessSync(path, constants.W_OK);
  if (isFile) warnOfWriters(path, warn);
  // From here on nothing waits inside SQLite, which would stop the loop.
  db.run("pragma busy_timeout = 0");
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
