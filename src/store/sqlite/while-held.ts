import { ChatKitError } from "../../errors.ts";
import { isLocked } from "./errors.ts";

/** As long as a worker may take to start. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 50;

/**
 * Does what a start needs of the file, and does it again while another process holds it: a process that is paused, or one of forty that
 * share a busy machine, may hold it for longer than any request would wait. Between two attempts the event loop takes signals.
 * @throws the error of the last attempt
 */
export async function whileHeld<T>(work: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  for (const deadline = performance.now() + patienceMs; ; await Bun.sleep(PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const isHeld = isLocked(error) || (error instanceof ChatKitError && isLocked(error.cause));
      if (!isHeld || performance.now() > deadline) throw error;
    }
  }
}
