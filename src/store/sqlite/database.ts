import { Database, type Statement } from "bun:sqlite";
import { accessSync, constants } from "node:fs";
import { ChatKitError } from "../../errors.ts";
import { createPrivateFile, warnOfWriters, type Warn } from "../private-files.ts";
import { escapeText, isStorable, unescapeText } from "../text-escape.ts";
import { WriteState } from "../write-state.ts";
import { CommitQueue } from "./commit-queue.ts";
import { inOurWords, isLocked, translated } from "./errors.ts";
import { tryWriting } from "./try-writing.ts";

export type SqliteValue = string | number | null;
type Row = Record<string, SqliteValue>;

/** How long opening waits for another process. That may hold the event loop, since no requests are answered yet. */
const OPENING_PATIENCE_MS = 5000;
const OPENING_PAUSE_MS = 10;
/** How long a read waits, and the event loop with it, while another process recovers the file after a crash; nothing else blocks reads. */
const READING_PATIENCE_MS = 1000;

/** One connection, with prepared statements and transactions; its errors are those of this library. */
export class SqliteDatabase {
  readonly #db: Database;
  readonly #commits: CommitQueue;
  readonly #writes: WriteState;
  // A cache of our own, since Bun's has 20 places.
  readonly #statements = new Map<string, Statement>();
  #lastFailed: (() => unknown) | undefined;

  /** @param path a file, created with its folder if missing, or ":memory:". @throws ChatKitError store_unavailable, naming the file */
  constructor(path: string, warn: Warn = () => {}) {
    try {
      this.#db = open(path, warn);
    } catch (error) {
      const cause = inOurWords(error);
      const why = isLocked(cause) ? "another process holds it" : error instanceof Error ? error.message : String(error);
      throw new ChatKitError("store_unavailable", { message: `The database file ${path} cannot be used: ${why}`, cause });
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

  /** Lets several reads see the same moment, and take one lock for all: to take it costs more than to read a page. `work` must not await. */
  snapshot<T>(work: () => T): T {
    if (this.#db.inTransaction) return translated(work);
    return this.#read(() => {
      this.#prepare("begin").run();
      try {
        return work();
      } finally {
        // Trouble with the file may have ended it.
        if (this.#db.inTransaction) this.#prepare("commit").run();
      }
    });
  }

  get<R>(sql: string, ...values: SqliteValue[]): R | null {
    const row = this.#read(() => this.#prepare(sql).get(...values.map(toStored)) as Row | null);
    return row && fromStored<R>(row);
  }

  /** For use inside `write`. Returns how many rows were written, without those that a foreign key deleted. */
  run(sql: string, ...values: SqliteValue[]): number {
    return translated(() => this.#prepare(sql).run(...values.map(toStored)).changes);
  }

  /** For use inside `write`: runs any number of statements, without parameters. */
  script(sql: string): void {
    translated(() => this.#db.run(sql));
  }

  /**
   * Runs one transaction; resolves once it is on disk. `work` must not await, and may be called again after it was rolled back. The
   * commit is shared with other writes of this turn of the event loop; when `work` throws, only its own changes are rolled back. With
   * `durable: false` the commit survives a crash of the process, but perhaps not a loss of power.
   */
  write<T>(work: () => T, { durable = true } = {}): Promise<T> {
    return this.#commits.add(work, durable);
  }

  /** @throws StoreUnavailable after a write has failed because of trouble with the file, until a write is possible again */
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
  // Created here, since SQLite would let others read it. The files that SQLite puts beside it get the same mode.
  if (isFile) createPrivateFile(path, warn);
  const db = new Database(path, { create: true, readwrite: true });
  try {
    prepare(db);
    // SQLite also opens a file that is read-only: then every message would fail.
    if (isFile) accessSync(path, constants.W_OK);
  } catch (error) {
    db.close();
    throw error;
  }
  if (isFile) warnOfWriters(path, warn);
  return db;
}

function prepare(db: Database): void {
  db.run(`pragma busy_timeout = ${OPENING_PATIENCE_MS}`);
  switchToWal(db);
  // What a client was told is stored must survive a loss of power; by default, WAL mode syncs at checkpoints only.
  db.run("pragma synchronous = full");
  db.run("pragma foreign_keys = on");
  // From here on SQLite must not wait, which would hold the event loop.
  db.run("pragma busy_timeout = 0");
}

/** When another process is switching a new file as well, SQLite fails at once whatever its patience, since both would wait for each other. */
function switchToWal(db: Database): void {
  for (const deadline = performance.now() + OPENING_PATIENCE_MS; ; Bun.sleepSync(OPENING_PAUSE_MS)) {
    try {
      return void db.run("pragma journal_mode = wal");
    } catch (error) {
      if (!isLocked(inOurWords(error)) || performance.now() > deadline) throw error;
    }
  }
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
