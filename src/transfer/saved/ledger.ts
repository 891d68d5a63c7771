import { Database, SQLiteError, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { closeSync, existsSync, openSync } from "node:fs";
import { TransferError } from "../transfer-error.ts";
import { requireUnused } from "./folder.ts";

/** "ckld" in the header of the file: marks the database as a ledger. */
const APPLICATION_ID = 0x636b6c64;
const VERSION = 3;

const SCHEMA = `
  create table facts (name text primary key, value text) without rowid;
  create table threads (
    id text primary key,
    line blob not null,                 -- the thread as served, without a line's end
    owner text,                         -- the JSON of its user
    created_at real,                    -- seconds
    pass integer not null,              -- the listing that named it last, and where in it: newest first
    place integer not null,
    first_pass integer not null,        -- the listing that named it first, and where in it: the order of the files
    first_place integer not null,
    had integer not null default 0,     -- the run that read its items to their end last
    saved_at text,                      -- and when that was; null for never
    cursor text,                        -- the item after which the next run asks
    gone integer not null default 0,    -- whether the source does not have it any more
    missing text                        -- why its items could not be had
  );
  create index threads_by_place on threads (pass, place);
  create index unread_threads on threads (pass, place) where saved_at is null;
  -- Where in items.jsonl the items of a thread are; its parts in the order of their ids are the thread.
  create table parts (
    id integer primary key,
    thread text not null,
    start integer not null,
    bytes integer not null,
    items integer not null,
    open integer not null,              -- whether the next run reads it anew
    kept integer not null,              -- how many of its items the source does not have any more
    sha256 text not null
  );
  create index parts_by_thread on parts (thread);
  create index parts_by_start on parts (start);
  create table attachments (
    number integer primary key,
    thread text not null,
    place text not null,                -- where in the thread it is referred to
    item text,
    id text,
    state text not null,                -- due, saved, lost, without_address
    address text,                       -- while it is due
    reason text,
    sha256 text,                        -- of its bytes: they are in the file of this name
    bytes integer,
    media_type text,
    unique (thread, place)
  );
  create index attachments_by_id on attachments (id);
  create index due_attachments on attachments (number) where state = 'due';
  create index lost_attachments on attachments (thread) where state = 'lost';
  pragma application_id = ${APPLICATION_ID};
  pragma user_version = ${VERSION};
`;

/**
 * What a folder has, and where: the journal of a run, from which it can be resumed at any point, and the index of what was saved. It is
 * an SQLite database for three reasons: a commit is complete or undone after a kill or a loss of power, its lock ends with the process,
 * and one of a million threads is found in little memory.
 */
export class Ledger {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Opens it for a run, exclusively. @throws TransferError when another process has it open, or the file is not a ledger */
  static open(path: string, folder: string): Ledger {
    // Created here, since SQLite would create a file that everybody may read.
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    return usable(folder, new Database(path, { create: true, readwrite: true, strict: true }), (db) => {
      db.run("pragma busy_timeout = 0");
      db.run("pragma locking_mode = exclusive");
      const isNew = db.query("select 1 from sqlite_master").get() === null;
      if (isNew) requireUnused(folder);
      else verify(db, folder);
      db.run("pragma journal_mode = wal");
      db.run("pragma synchronous = full");
      // A write, so that the lock is taken at once.
      db.transaction(() => db.run(isNew ? SCHEMA : `pragma user_version = ${VERSION}`)).immediate();
    });
  }

  /** Opens it for reading; while it is open, no run can begin. */
  static read(path: string, folder: string): Ledger {
    return usable(folder, new Database(path, { readonly: true, strict: true }), (db) => {
      db.run("begin");
      verify(db, folder);
    });
  }

  all<R>(sql: string, ...values: SQLQueryBindings[]): R[] {
    return this.#prepare(sql).all(...values) as R[];
  }

  get<R>(sql: string, ...values: SQLQueryBindings[]): R | null {
    return this.#prepare(sql).get(...values) as R | null;
  }

  /** Yields row by row, for results that may be too large to hold. */
  *each<R>(sql: string, ...values: SQLQueryBindings[]): Generator<R> {
    const statement = this.#db.prepare(sql);
    try {
      yield* statement.iterate(...values) as IterableIterator<R>;
    } finally {
      statement.finalize();
    }
  }

  run(sql: string, ...values: SQLQueryBindings[]): void {
    this.#prepare(sql).run(...values);
  }

  /** Runs a transaction, which is on disk when this returns. `work` must not await. */
  write<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  fact(name: string): string | undefined {
    return this.get<{ value: string }>("select value from facts where name = ?", name)?.value;
  }

  setFact(name: string, value: string): void {
    this.run("insert into facts values (?, ?) on conflict (name) do update set value = excluded.value", name, value);
  }

  /** Moves everything into the one file, which can then be read on a read-only disk. The lock is kept. */
  settle(): void {
    this.#db.run("pragma journal_mode = delete");
  }

  /** Finalizes all statements first: the lock would stay as long as one of them. */
  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#db.close();
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

function usable(folder: string, db: Database, prepare: (db: Database) => void): Ledger {
  try {
    prepare(db);
    return new Ledger(db);
  } catch (thrown) {
    db.close();
    if (!(thrown instanceof SQLiteError)) throw thrown;
    if (thrown.code?.startsWith("SQLITE_BUSY"))
      throw new TransferError(`${folder} is in use: another import, or a check, is at work there`);
    throw thrown.code?.startsWith("SQLITE_NOTADB") ? foreign(folder) : thrown;
  }
}

function verify(db: Database, folder: string): void {
  if (number(db, "application_id") !== APPLICATION_ID) throw foreign(folder);
  if (number(db, "user_version") !== VERSION) throw new TransferError(`${folder} was saved by another version of this program: save into a new folder`, true);
}

function foreign(folder: string): TransferError {
  return new TransferError(`${folder} holds a ledger.sqlite that is none of ours`, true);
}

function number(db: Database, pragma: string): number {
  return Object.values(db.query(`pragma ${pragma}`).get() as Record<string, number>)[0]!;
}
