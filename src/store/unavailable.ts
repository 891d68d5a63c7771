import { ChatKitError } from "../errors.ts";

/** What keeps a store from working; shown to the operator in `/readyz` and in the log. Each of these can be found out again at any time. */
export type ConnectionTrouble = "unreachable" | "no_answer" | "login_refused" | "no_such_database" | "certificate" | "too_many_connections";
/** These are found out by writing, and remembered. */
export type FileTrouble = "disk_full" | "read_only" | "corrupt" | "io_error" | "locked";
export type StoreTrouble = ConnectionTrouble | FileTrouble;

/** They pass by themselves; for the others an operator has to act. */
const PASSING: readonly StoreTrouble[] = ["unreachable", "no_answer", "too_many_connections", "locked"];

/** With these the store can be read. */
const OF_WRITES: readonly StoreTrouble[] = ["disk_full", "read_only", "locked"];
const ONLY_READ = "The database can only be read right now.";

/** How long after a write has failed because of the store's trouble the store is tried again. */
export const TRY_AGAIN_S = 5;

/** Thrown when the store cannot do something now. Nothing of it is stored. */
export class StoreUnavailable extends ChatKitError {
  override readonly name = "StoreUnavailable";

  constructor(
    readonly trouble: StoreTrouble,
    cause: unknown,
  ) {
    const retryAfterS = PASSING.includes(trouble) ? 1 : TRY_AGAIN_S;
    super("store_unavailable", { ...(OF_WRITES.includes(trouble) && { message: ONLY_READ }), reason: trouble, retryAfterS, cause });
  }
}
