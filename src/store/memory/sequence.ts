import type { Order } from "../store.ts";

type Entry<T> = { id: string; position: number; shown: boolean; value: T };

/** Values in order of insertion, found by id. Reading a page is equally fast anywhere, also when many values are not shown. */
export class Sequence<T> {
  readonly #byId = new Map<string, Entry<T>>();
  readonly #all: Entry<T>[] = [];
  readonly #shown: Entry<T>[] = [];
  #next = 0;

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id)?.value;
  }

  /** -1 for an unknown id. */
  position(id: string): number {
    return this.#byId.get(id)?.position ?? -1;
  }

  /** Appends, or replaces in place. */
  put(id: string, value: T, shown = true): void {
    const known = this.#byId.get(id);
    const entry = { id, position: known?.position ?? this.#next++, shown, value };
    this.#byId.set(id, entry);
    splice(this.#all, entry, entry);
    splice(this.#shown, entry, shown ? entry : null);
  }

  delete(id: string): void {
    const entry = this.#byId.get(id);
    if (!entry) return;
    this.#byId.delete(id);
    splice(this.#all, entry, null);
    splice(this.#shown, entry, null);
  }

  /** Removes everything after that id. Returns the ids removed. */
  deleteAfter(id: string): string[] {
    const start = this.position(id) + 1;
    const removed = this.#all.splice(indexAt(this.#all, start)).map((entry) => entry.id);
    this.#shown.splice(indexAt(this.#shown, start));
    for (const gone of removed) this.#byId.delete(gone);
    return removed;
  }

  page(after: string | null, limit: number, order: Order, from: "all" | "shown" = "all"): T[] {
    const entries = from === "all" ? this.#all : this.#shown;
    const cursor = after === null ? undefined : this.#byId.get(after)?.position;
    if (order === "asc") {
      const start = cursor === undefined ? 0 : indexAt(entries, cursor + 1);
      return entries.slice(start, start + limit).map(({ value }) => value);
    }
    const end = cursor === undefined ? entries.length : indexAt(entries, cursor);
    return entries.slice(Math.max(0, end - limit), end).map(({ value }) => value).reverse();
  }
}

/** The index of the first entry at that position or after it. */
function indexAt(entries: { position: number }[], position: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.position ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts `entry` at its position, in place of the entry that is there; null only removes that one. */
function splice<T>(entries: Entry<T>[], { position }: { position: number }, entry: Entry<T> | null): void {
  const index = indexAt(entries, position);
  entries.splice(index, entries[index]?.position === position ? 1 : 0, ...(entry ? [entry] : []));
}
