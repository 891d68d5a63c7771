import { watch, type FSWatcher } from "node:fs";
import { basename, dirname, resolve, sep } from "node:path";
import { importedFiles, namedFiles } from "./imported-files.ts";
import { isSource } from "./source-files.ts";

type WatchOptions = {
  /** The agent's file: its folder is watched with all folders in it, and so are the files that it imports from elsewhere. */
  file: string;
  /** Loads the agent again. Runs under way keep the server they began with. */
  reload: () => Promise<void>;
  /** Called with what `reload` threw; the old agent stays. */
  onError: (error: unknown) => void;
  /** How long after the last change to reload, in milliseconds, since one save is several changes. @default 50 */
  settleMs?: number;
};

/** Reloads when a source file changes, one reload at a time. Returns a function that stops this. */
export function watchAgent({ file, reload, onError, settleMs = 50 }: WatchOptions): () => void {
  let timer: Timer | undefined;
  let running = Promise.resolve();
  const path = resolve(file);
  const folder = dirname(path);
  const elsewhere = new Elsewhere(folder, changed, onError);
  const watcher = watch(folder, { recursive: true }, (_kind, name) => (name === null || isSource(name)) && changed());
  watcher.on("error", onError);
  void elsewhere.follow(path);
  function changed(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(() => elsewhere.follow(path)).then(reload).catch(onError);
    }, settleMs);
  }
  return () => {
    clearTimeout(timer);
    watcher.close();
    elsewhere.stop();
  };
}

/** Watches the files that the agent imports from outside of its folder. */
class Elsewhere {
  #names = new Map<string, Set<string>>();
  readonly #watchers = new Map<string, FSWatcher>();
  #isStopped = false;

  constructor(
    private readonly folder: string,
    private readonly onChange: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Reads anew which files these are. Folders are watched, not files: many editors save by putting another file in the place of one. */
  async follow(path: string): Promise<void> {
    const files = /\.(ya?ml|json)$/i.test(path) ? await namedFiles(path) : await importedFiles(path);
    const outside = [...files].filter((one) => !one.startsWith(this.folder + sep));
    this.#names = new Map([...Map.groupBy(outside, dirname)].map(([folder, paths]) => [folder, new Set(paths.map((one) => basename(one)))]));
    for (const [folder, watcher] of this.#watchers) if (!this.#names.has(folder)) this.#end(folder, watcher);
    for (const folder of this.#names.keys()) if (!this.#watchers.has(folder) && !this.#isStopped) this.#begin(folder);
  }

  stop(): void {
    this.#isStopped = true;
    for (const [folder, watcher] of this.#watchers) this.#end(folder, watcher);
  }

  #begin(folder: string): void {
    try {
      const watcher = watch(folder, (_kind, name) => (name === null || this.#names.get(folder)?.has(name)) && this.onChange());
      watcher.on("error", this.onError);
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder is not there: the agent is broken, and the reload says so.
    }
  }

  #end(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }
}
