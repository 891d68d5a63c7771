import { idOf } from "../item-facts.ts";
import { sha256, type ItemWriter, type Part, joinedLines } from "./item-writer.ts";
import type { Ledger } from "./ledger.ts";
import { ItemKeys, type Entry } from "./merge-items.ts";

type Row = { start: number; bytes: number; items: number; open: number; kept: number; sha256: string };

/** The items of a thread that the folder has: those that are about to be replaced, and those that stay. */
export class SavedItems {
  #replaced: Row[];
  readonly #staying: Row[];
  #entries: Promise<Entry[]> | undefined;

  constructor(
    ledger: Ledger,
    private readonly writer: ItemWriter,
    thread: string,
    /** Which of them are about to be replaced. */
    public which: "nothing" | "open" | "all",
  ) {
    const sql = "select start, bytes, items, open, kept, sha256 from parts where thread = ? order by id";
    const rows = ledger.all<Row>(sql, thread);
    this.#replaced = rows.filter(({ open }) => which === "all" || open === 1);
    this.#staying = rows.filter((row) => !this.#replaced.includes(row));
  }

  /** How many items are about to be replaced. */
  get count(): number {
    return this.#replaced.reduce((sum, { items }) => sum + items, 0);
  }

  /** Whether they equal these parts, as for most threads: writing them again would make the file grow. */
  are(parts: readonly Part[]): boolean {
    return (
      parts.length === this.#replaced.length &&
      parts.every((part, i) => {
        const row = this.#replaced[i]!;
        return part.isOpen === (row.open === 1) && part.kept === row.kept && row.sha256 === sha256(joinedLines(part.lines));
      })
    );
  }

  /** The items that are about to be replaced, except those that are damaged on disk. */
  entries(): Promise<Entry[]> {
    return (this.#entries ??= this.#read());
  }

  /** Those of `items` that are not among the ones that stay (pages overlap when rows shift); undefined when those are damaged on disk. */
  async without<E extends Entry>(items: E[]): Promise<E[] | undefined> {
    const hashes = new Set<unknown>();
    for (const row of this.#staying) {
      const lines = await this.#lines(row);
      if (!lines) return undefined;
      for (const line of lines) hashes.add(Bun.hash(line));
    }
    return hashes.size === 0 ? items : items.filter(({ line }) => !hashes.has(Bun.hash(line)));
  }

  /** Notes that the items were replaced. */
  done(): void {
    this.#replaced = [];
    this.#entries = undefined;
    this.which = "nothing";
  }

  async #read(): Promise<Entry[]> {
    const keys = new ItemKeys();
    const entries: Entry[] = [];
    for (const row of this.#replaced) {
      for (const line of (await this.#lines(row)) ?? []) {
        const key = keys.of(idOf(JSON.parse(line.toString())), line);
        if (key !== undefined) entries.push({ key, line });
      }
    }
    return entries;
  }

  /** The lines of a part; undefined when they are not what was written. */
  async #lines({ start, bytes, sha256: expected }: Row): Promise<Buffer[] | undefined> {
    const part = await this.writer.read(start, bytes);
    if (sha256(part) !== expected) return undefined;
    const lines: Buffer[] = [];
    for (let at = 0; at < part.length; at = part.indexOf("\n", at) + 1) lines.push(part.subarray(at, part.indexOf("\n", at)));
    return lines;
  }
}
