import { ChatKitError } from "../errors.ts";

/** Thrown when a run writes although it no longer holds its thread. Nothing was stored, and the run must write no more. */
export class LostRun extends ChatKitError {
  override readonly name = "LostRun";

  constructor() {
    super("conflict", { message: "This answer was interrupted.", allowRetry: true });
  }
}
