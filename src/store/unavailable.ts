import { ChatKitError } from "../errors.ts";

/** What keeps a store from working, for whoever runs the server: `/readyz` tells it. */
export type StoreTrouble = "disk_full" | "read_only" | "corrupt" | "io_error" | "locked" | "unreachable";

/** After how long a write that failed for the sake of the store is tried again. */
export const TRY_AGAIN_S = 5;

/** The store cannot do it now, whatever it was: nothing of it is stored. */
export class StoreUnavailable extends ChatKitError {
  override readonly name = "StoreUnavailable";

  constructor(
    readonly trouble: StoreTrouble,
    cause: unknown,
  ) {
    // Away and locked pass by themselves; of the others somebody has to hear first.
    super("store_unavailable", { retryAfterS: trouble === "unreachable" || trouble === "locked" ? 1 : TRY_AGAIN_S, cause });
  }
}
