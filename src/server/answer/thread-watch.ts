import type { ThreadMetadata } from "../../protocol/thread.ts";
import { merge } from "../../store/merge.ts";
import type { ThreadChange, ThreadUpdate } from "../../store/store.ts";

const FIELDS = ["title", "status", "allowed_image_domains", "metadata"] as const;

/**
 * Notices what a hook changes on its copy of the thread. Only changed fields are reported, so that a title given elsewhere while the
 * answer streams is not overwritten.
 */
export class ThreadWatch {
  /** The hook's own copy, free to change. */
  readonly copy: ThreadMetadata;
  #seen: ThreadMetadata;

  constructor(thread: ThreadMetadata) {
    this.copy = copyOf(thread);
    this.#seen = copyOf(thread);
  }

  /** Cheap enough to be asked after each delta. It misses changes inside of objects; `changes` finds them later. */
  get looksTouched(): boolean {
    const { copy } = this;
    const seen = this.#seen;
    return copy.title !== seen.title || copy.status.type !== seen.status.type;
  }

  /** The fields changed since the last call, or undefined. Of the metadata only the changed keys are written. */
  changes(): ThreadUpdate | undefined {
    const { metadata: before } = this.#seen;
    let change: ThreadChange | undefined;
    for (const field of FIELDS) {
      const value = this.copy[field] ?? undefined;
      if (!Bun.deepEquals(value, this.#seen[field])) change = { ...change, [field]: copyOf(value) };
    }
    if (!change) return undefined;
    this.#seen = { ...this.#seen, ...copyOf(change) };
    const { metadata } = change;
    return metadata ? (stored) => ({ ...change, metadata: merge(before, stored.metadata, metadata).merged }) : change;
  }
}

// By JSON, since structuredClone takes some 25 µs even for so small an object, for each answer.
function copyOf<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
