import { ChatKitError } from "../errors.ts";

/** A run writes that no longer holds its thread: nothing was stored, and nothing that it still says may be. */
export class LostRun extends ChatKitError {
  override readonly name = "LostRun";

  constructor() {
    super("conflict", { message: "This answer was interrupted.", allowRetry: true });
  }
}
