import { ChatKitError } from "../errors.ts";

/** Thrown, with nothing stored, when an item is saved of which somebody else has changed the same part since it was read. */
export class StaleItem extends ChatKitError {
  override readonly name = "StaleItem";

  constructor() {
    super("conflict", { message: "Somebody else has just changed this. Try again.", allowRetry: true });
  }
}
