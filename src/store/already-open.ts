import { ChatKitError } from "../errors.ts";
import type { Run } from "./store.ts";

/** Thrown by `openRun`, with nothing stored, when another process has opened a run for the very same request. */
export class AlreadyOpen extends ChatKitError {
  override readonly name = "AlreadyOpen";

  constructor(
    readonly run: Pick<Run, "id" | "threadId">,
    /** The user's message that was stored for that request. */
    readonly messageId: string,
  ) {
    super("thread_busy");
  }
}
