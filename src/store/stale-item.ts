import { ChatKitError } from "../errors.ts";

/** What is to be saved was made from an item of which somebody else has changed the same part since: nothing was stored. */
export class StaleItem extends ChatKitError {
  override readonly name = "StaleItem";

  constructor() {
    super("conflict", { message: "Somebody else has just changed this. Try again.", allowRetry: true });
  }
}
