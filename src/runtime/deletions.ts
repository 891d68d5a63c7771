import type { Logger } from "../server/context.ts";
import type { Retention } from "../store/upkeep.ts";

const EVERY_MS = 5000;

/** Continues deletions that a process has left unfinished when it died or restarted. Returns a function that stops this. */
export function finishDeletions(store: Partial<Retention>, logger: Logger, isPaused: () => boolean): () => void {
  if (!store.finishDeletions) return () => {};
  let isBusy = false;
  const look = async () => {
    if (isBusy || isPaused()) return;
    isBusy = true;
    try {
      await store.finishDeletions?.();
    } catch (err) {
      logger.warn({ err }, "what deleted threads have left could not be deleted; it is tried again");
    }
    isBusy = false;
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => clearInterval(timer);
}
