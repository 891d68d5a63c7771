import { ChatKitError } from "../errors.ts";

/** What keeps a store from working; shown to the operator in `/readyz`. */
export type StoreTrouble = "disk_full" | "read_only" | "corrupt" | "io_error" | "locked" | "unreachable";

/** How long after a write has failed because of the store's trouble the store is tried again. */
export const TRY_AGAIN_S = 5;

/** Thrown when the store cannot do something now. Nothing of it is stored. */
export class StoreUnavailable extends ChatKitError {
  override readonly name = "StoreUnavailable";

  constructor(
    readonly trouble: StoreTrouble,
    cause: unknown,
  ) {
    // `unreachable` and `locked` pass by themselves; for the others an operator has to act.
    super("store_unavailable", { retryAfterS: trouble === "unreachable" || trouble === "locked" ? 1 : TRY_AGAIN_S, cause });
  }
}
