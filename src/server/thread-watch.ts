import type { ThreadMetadata } from "../protocol/thread.ts";
import { merge } from "../store/merge.ts";
import type { ThreadChange, ThreadUpdate } from "../store/store.ts";

const FIELDS = ["title", "status", "allowed_image_domains", "metadata"] as const;

/**
 * Notices what a hook does to its copy of the thread. Only the changed fields are told, so that a rename made elsewhere
 * while the answer streams survives.
 */
export class ThreadWatch {
  /** The hook's own copy, free to change. */
  readonly copy: ThreadMetadata;
  #seen: ThreadMetadata;

  constructor(thread: ThreadMetadata) {
    this.copy = copyOf(thread);
    this.#seen = copyOf(thread);
  }

  /** A glance that costs nothing: for use after each delta. Changes inside of objects are found by `changes`. */
  get looksTouched(): boolean {
    const { copy } = this;
    const seen = this.#seen;
    return copy.title !== seen.title || copy.status.type !== seen.status.type;
  }

  /** The fields changed since the last call, or undefined. Of the metadata only what is different in it. */
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

// A thread is JSON, and small: a structured clone takes some 25 µs, which would be felt at every answer.
function copyOf<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
