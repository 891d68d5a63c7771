import { watch } from "node:fs";
import { isSource } from "./source-files.ts";

type WatchOptions = {
  /** The folder to watch, with all folders in it. */
  folder: string;
  /** Loads the agent again. Runs under way keep the server they began with. */
  reload: () => Promise<void>;
  /** Called with what `reload` threw; the old agent stays. */
  onError: (error: unknown) => void;
  /** How long after the last change to reload, in milliseconds, since one save is several changes. @default 50 */
  settleMs?: number;
};

/** Reloads when a source file changes, one reload at a time. Returns a function that stops this. */
export function watchAgent({ folder, reload, onError, settleMs = 50 }: WatchOptions): () => void {
  let timer: Timer | undefined;
  let running = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, (_kind, file) => {
    if (file !== null && !isSource(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(reload).catch(onError);
    }, settleMs);
  });
  watcher.on("error", onError);
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
