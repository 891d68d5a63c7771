import { watch } from "node:fs";
import { isSource } from "./source-files.ts";

type WatchOptions = {
  /** Watched with all folders in it. */
  folder: string;
  /** Loads the agent anew; runs that go on keep the server they began with. */
  reload: () => Promise<void>;
  /** What `reload` threw: the agent from before stays. */
  onError: (error: unknown) => void;
  /** One save is several changes: this long after the last one, in milliseconds. @default 50 */
  settleMs?: number;
};

/** Reloads when a source file changes, one reload at a time. Answers how to stop. */
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
