import { NotFoundError } from "../../errors.ts";
import { StoreUnavailable, type StoreTrouble } from "../unavailable.ts";

/** The connection is gone, or never was: SQLSTATEs of class 08 and of a server going down, the driver's codes, the system's. */
const LOST = /^(08|57P0|58|CONNECTION_|CONNECT_TIMEOUT$|E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_|NOENT))/;
/**
 * The server is there and cannot: no such login or database yet, no trust in its certificate, no room, a statement out of time, a
 * replica that is not yet the primary, a damaged file.
 */
const UNABLE = /^(28|3D|53|57014$|55P03$|25006$|XX00[12]$|ERR_TLS)|CERT|UNABLE_TO_VERIFY/;
/** Two transactions in each other's way: one was undone and may be run again. */
const UNDONE = /^40(001|P01)$/;

/** Of those the ones that a read need not meet. */
const OF_WRITES: [code: RegExp, trouble: StoreTrouble][] = [
  [/^25006$/, "read_only"],
  [/^53100$/, "disk_full"],
  [/^XX00[12]$/, "corrupt"],
  [/^58/, "io_error"],
];

type Trouble = "lost" | "unable" | "undone" | "other";

export function troubleOf(error: unknown): Trouble {
  const code = codeOf(error);
  return LOST.test(code) ? "lost" : UNABLE.test(code) ? "unable" : UNDONE.test(code) ? "undone" : "other";
}

/** The same in the library's words; what is not the database's trouble is a bug and stays as it is. */
export function translated(error: unknown): unknown {
  // A thread deleted between a statement's look at it and the end of that statement.
  if (codeOf(error) === "23503") return new NotFoundError("thread");
  return troubleOf(error) === "other" ? error : unavailable(error);
}

/** Another row has that key already. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === "23505";
}

export function unavailable(cause: unknown): StoreUnavailable {
  const [, trouble = "unreachable"] = OF_WRITES.find(([code]) => code.test(codeOf(cause))) ?? [];
  return new StoreUnavailable(trouble, cause);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
