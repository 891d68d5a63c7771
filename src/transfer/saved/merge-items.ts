/** An item as a line, with a key by which it is found in another list of the same thread. */
export type Entry = { key: string; line: Uint8Array };

/**
 * Gives the items of a list their keys: the id, with a number when several different items have the same id or none. An item that occurs
 * again, since pages overlap, gets no key.
 */
export class ItemKeys {
  readonly #hashes = new Map<string, unknown[]>();

  of(id: string | undefined, line: Uint8Array): string | undefined {
    const name = id ?? "";
    const had = this.#hashes.get(name);
    const hash = Bun.hash(line);
    if (!had) this.#hashes.set(name, [hash]);
    else if (id !== undefined && had.includes(hash)) return undefined;
    else had.push(hash);
    return `${name}\0${had?.length ?? 1}`;
  }
}

/** The present items, with the earlier ones that are no longer there: each of those stays after the item that it followed. */
export function merged(before: readonly Entry[], now: readonly Entry[]): readonly Entry[] {
  const keys = new Set(now.map(({ key }) => key));
  const first: Entry[] = [];
  const behind = new Map<string, Entry[]>();
  let here = first;
  for (const entry of before) {
    if (keys.has(entry.key)) behind.set(entry.key, (here = []));
    else here.push(entry);
  }
  return [...first, ...now.flatMap((entry) => [entry, ...(behind.get(entry.key) ?? [])])];
}
