import { SQLiteError } from "bun:sqlite";
import { StoreUnavailable, type StoreTrouble } from "../unavailable.ts";

/** SQLite's codes for trouble with the file or its disk (extended codes begin the same); any other code is a bug of ours. */
const TROUBLE: [name: RegExp, trouble: StoreTrouble][] = [
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, "locked"],
  [/^SQLITE_FULL/, "disk_full"],
  [/^SQLITE_(READONLY|PERM)/, "read_only"],
  [/^SQLITE_(CORRUPT|NOTADB)/, "corrupt"],
  [/^SQLITE_(IOERR|CANTOPEN)/, "io_error"],
];

/** @throws what `work` throws, as StoreUnavailable when it is trouble with the file */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inOurWords(error);
  }
}

export function inOurWords(error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const [, trouble] = TROUBLE.find(([name]) => name.test(error.code ?? "")) ?? [];
  return trouble ? new StoreUnavailable(trouble, error) : error;
}

export function isLocked(error: unknown): boolean {
  return error instanceof StoreUnavailable && error.trouble === "locked";
}
