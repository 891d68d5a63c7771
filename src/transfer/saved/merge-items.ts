/** An item as a line, and what it is known by when a list is compared with an earlier one. */
export type Entry = { key: string; line: Uint8Array };

/**
 * Names the items of a list: by their id; several different ones with one id are numbered, and so are those without an id. The same
 * item once more, as pages have it that overlap, gets no name.
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

/** The items of now, and among them those of before that are not there any more: each stays behind the one that it followed. */
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
