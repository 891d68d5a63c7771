/** Stands for your own database: rows under a path, in order of insertion. This one forgets them when the process ends. */
type Path = readonly string[];
type Rows = { limit: number; after: string | null; order: "asc" | "desc" };

const rows = new Map<string, unknown>();
const keyOf = (path: Path) => path.map(encodeURIComponent).join("/");
const within = (path: Path) => [...rows].filter(([key]) => key.startsWith(`${keyOf(path)}/`));

export const db = {
  async put(path: Path, row: object): Promise<void> {
    rows.set(keyOf(path), structuredClone(row));
  },
  async get<T>(path: Path): Promise<T | undefined> {
    return structuredClone(rows.get(keyOf(path))) as T | undefined;
  },
  /** With what lies under it. */
  async delete(...paths: Path[]): Promise<void> {
    for (const path of paths) for (const key of [keyOf(path), ...within(path).map(([key]) => key)]) rows.delete(key);
  },
  async page<T extends { id: string }>(path: Path, { limit, after, order }: Rows) {
    const all = within(path).map(([, row]) => structuredClone(row) as T);
    if (order === "desc") all.reverse();
    const start = all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(start, start + limit);
    const last = data.at(-1)?.id;
    return start + limit < all.length && last !== undefined ? { data, has_more: true, after: last } : { data, has_more: false };
  },
};
