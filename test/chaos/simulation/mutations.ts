import { join } from "node:path";

/** One repair taken out: in each file below `src`, the first text is replaced by the second. */
type Mutation = { files: Record<string, [from: string, to: string]>; /** A seed from which on it is soon missed. */ seed: number };

/** Repairs that the simulation has to miss when they are gone. */
export const MUTATIONS: Record<string, Mutation> = {
  "writes do not name their run": {
    seed: 1,
    files: {
      "server/answer/respond.ts": ["{ signal: stream.signal, run }", "{ signal: stream.signal }"],
    },
  },
  "stores do not ask who holds a thread": {
    seed: 5,
    files: {
      "store/process-runs.ts": ["if (run) this.#holder(run, context);", ""],
      "store/sqlite/rows.ts": ["if (!held) throw lost(db, context.userId, threadId);", ""],
    },
  },
  "an update of a widget is read and written in two steps": {
    seed: 52,
    files: {
      "server/answer/pipeline.ts": [
        "store.updateItem(kept.run.threadId, sent.item_id, change, context)",
        `store.loadItem(kept.run.threadId, sent.item_id, context).then(async (item) => {
          await store.addThreadItem(kept.run.threadId, change(item), context);
          return item;
        })`,
      ],
    },
  },
  "a click overwrites what others have changed": {
    seed: 3,
    files: {
      "store/base-store.ts": ["if (sender?.id !== item.id) return", "if (sender || run) return"],
    },
  },
  "what is removed stays in the checkpoint": {
    seed: 24,
    files: {
      "store/memory/store.ts": ["this.runs.forgetItem(threadId, itemId, context);", ""],
      "store/sqlite/store.ts": ["forgetPending(this.#db, context.userId, threadId, new Set([itemId]));", ""],
    },
  },
  "an answer that was cut off does not say what it answered": {
    seed: 1790,
    files: {
      "store/cut-off.ts": ["...(input && { unanswered: input }),", ""],
    },
  },
  "a process that is told to end waits only for runs": {
    seed: 1,
    files: {
      "runtime/rotation.ts": ["await Promise.all(open.map(({ contexts }) => contexts.ended()));", ""],
    },
  },
  "an equal body joins an answer until that ends": {
    seed: 16,
    files: {
      "server/streams/resent.ts": [
        "this.#beginning.delete(key);",
        "void stream.ended.then(() => this.#beginning.delete(key));",
      ],
    },
  },
};

/**
 * Takes a repair out of the server's sources as they are loaded, so it has to be called before any of them is.
 * @returns a function to call when they are loaded @throws Error when a text is not there, or not loaded: then the mutation is out of date
 */
export function mutate(name: string): () => void {
  const mutation = MUTATIONS[name];
  if (!mutation) throw new Error(`no mutation is named so; there are: ${Object.keys(MUTATIONS).join("; ")}`);
  const left = new Set(Object.keys(mutation.files));
  Bun.plugin({
    name: "mutation",
    setup(build) {
      for (const [file, [from, to]] of Object.entries(mutation.files)) {
        const path = join(import.meta.dir, "../../../src", file);
        build.onLoad({ filter: new RegExp(`^${RegExp.escape(path)}$`) }, async () => {
          const source = await Bun.file(path).text();
          if (source.split(from).length !== 2) throw new Error(`${file} does not have this text exactly once: ${from}`);
          left.delete(file);
          return { contents: source.replace(from, () => to), loader: "ts" };
        });
      }
    },
  });
  return () => {
    if (left.size > 0) throw new Error(`these files are not loaded: ${[...left].join(", ")}`);
  };
}
