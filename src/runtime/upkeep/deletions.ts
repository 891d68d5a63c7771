import { deleteBytes, type BytesDeleted, type BytesOptions } from "./retention.ts";

const EVERY_MS = 5000;
/** A model server or a bucket that does not answer is not asked every five seconds. */
const AFTER_FAILURE_MS = 60_000;
const NOTHING: BytesDeleted = { deleted: 0, failed: 0 };

/**
 * Continues deletions that a process has left unfinished when it died or restarted, and deletes the bytes of attachments that went with
 * messages and threads. Returns a function that stops this.
 */
export function finishDeletions(options: BytesOptions, isPaused: () => boolean): () => void {
  const { store, logger } = options;
  if (!store.finishDeletions) return () => {};
  let isBusy = false;
  let isStopped = false;
  let notBefore = 0;
  const look = async () => {
    if (isBusy || isPaused()) return;
    isBusy = true;
    try {
      await store.finishDeletions?.();
      const { failed } = performance.now() < notBefore ? NOTHING : await deleteBytes(options, () => isStopped);
      if (failed > 0) notBefore = performance.now() + AFTER_FAILURE_MS;
    } catch (err) {
      logger.warn({ err }, "what deleted threads have left could not be deleted; it is tried again");
    }
    isBusy = false;
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
