import { codeOf, NotFoundError } from "../../errors.ts";
import { StoreUnavailable, type ConnectionTrouble, type FileTrouble } from "../unavailable.ts";

/** There is no connection (any more): SQLSTATE class 08, those of a server that shuts down, codes of the driver and of the system. */
const LOST = /^(08|57P0|58|CONNECTION_|CONNECT_TIMEOUT$|E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_|NOENT))/;
/**
 * The server answers that it cannot: the login or the database does not exist (yet) or lets nobody in now, its certificate is not
 * trusted, there is no room, a statement took too long, it is a replica, the user has no right to that, a file is damaged.
 */
const UNABLE = /^(28|3D|53|55000$|57014$|55P03$|25006$|42501$|XX00[12]$|ERR_TLS)|CERT|UNABLE_TO_VERIFY/;
/** Two transactions conflicted: this one was rolled back, and may be run again. */
const UNDONE = /^40(001|P01)$/;

/** Those of the above that may concern only writes. */
const OF_WRITES: [code: RegExp, trouble: FileTrouble][] = [
  [/^(25006|42501)$/, "read_only"],
  [/^53100$/, "disk_full"],
  [/^XX00[12]$/, "corrupt"],
  [/^58/, "io_error"],
];

/** Those that concern the connection, by what an operator has to look after. Any other is `unreachable`: there is no server. */
const OF_CONNECTIONS: [code: RegExp, trouble: ConnectionTrouble][] = [
  [/^(28|55000$)/, "login_refused"],
  [/^3D/, "no_such_database"],
  [/^53300$/, "too_many_connections"],
  [/^(57014|55P03|ETIMEDOUT|CONNECT_TIMEOUT)$/, "no_answer"],
  [/^ERR_TLS|CERT|UNABLE_TO_VERIFY/, "certificate"],
];

/** PostgreSQL's code for a write to a standby, or to a database that was made read-only. */
export const READ_ONLY = "25006";

type Trouble = "lost" | "unable" | "undone" | "other";

export function troubleOf(error: unknown): Trouble {
  const code = codeOf(error);
  return LOST.test(code) ? "lost" : UNABLE.test(code) ? "unable" : UNDONE.test(code) ? "undone" : "other";
}

/** The error as one of this library. An error that is not trouble with the database is a bug, and stays as it is. */
export function translated(error: unknown): unknown {
  // Foreign key violation: the thread was deleted while the statement ran.
  if (codeOf(error) === "23503") return new NotFoundError("thread");
  return troubleOf(error) === "other" ? error : unavailable(error);
}

/** Whether another row has the key already. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === "23505";
}

export function unavailable(cause: unknown): StoreUnavailable {
  const [, trouble = "unreachable"] = [...OF_WRITES, ...OF_CONNECTIONS].find(([code]) => code.test(codeOf(cause))) ?? [];
  return new StoreUnavailable(trouble, cause);
}

export function isOfWrites(error: unknown): error is StoreUnavailable {
  return error instanceof StoreUnavailable && OF_WRITES.some(([, trouble]) => trouble === error.trouble);
}
