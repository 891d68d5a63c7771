import { ChatKitError } from "../errors.ts";
import type { Run } from "./store.ts";

/** `openRun` met a run that the very same body has opened, in another process: nothing was stored. */
export class AlreadyOpen extends ChatKitError {
  override readonly name = "AlreadyOpen";

  constructor(
    readonly run: Pick<Run, "id" | "threadId">,
    /** The message that the body made. */
    readonly messageId: string,
  ) {
    super("thread_busy");
  }
}
