import { closeSync, openSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { writeAll } from "../../store/durable-files.ts";
import type { SavedPaths } from "./folder.ts";
import type { Ledger } from "./ledger.ts";
import type { Seal } from "./manifest.ts";
import { DAMAGED } from "./missing.ts";

/** Items of one thread, in order. */
export type Part = {
  /** Without line breaks. */
  lines: readonly Uint8Array[];
  /** Whether the next run reads these items again. */
  isOpen: boolean;
  /** How many of the items the source does not have any more. */
  kept: number;
};
type Batch = {
  thread: string;
  parts: readonly Part[];
  /** Which earlier parts of the thread this one replaces. */
  replaces: "nothing" | "open" | "all";
  /** Notes further facts in the same commit. */
  note(): void;
};

type Waiting = { batch: Batch; done: () => void; reject: (error: unknown) => void };
type Placed = { start: number; bytes: number; items: number; isOpen: boolean; kept: number; sha256: string };

/**
 * Writes items.jsonl, which has one item in each line, as it was served. The file only grows at its end. A part counts once the ledger
 * has its place, which is noted when the bytes are on disk: whatever follows the last part was cut off by a crash, and is removed
 * before anything is written. Batches that arrive during a write share the next commit.
 */
export class ItemWriter {
  readonly #waiting: Waiting[] = [];
  #isWriting = false;
  #broken: { error: unknown } | undefined;
  #end = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly ledger: Ledger,
    private readonly seal: Seal,
  ) {}

  static async open({ items }: SavedPaths, ledger: Ledger, seal: Seal): Promise<ItemWriter> {
    closeSync(openSync(items, "a", 0o600));
    return new ItemWriter(await open(items, "r+"), ledger, seal);
  }

  /**
   * Prepares the file for writing. To be called only after the source has answered, since nothing in the folder is touched before that.
   * Items that the file has lost count as missing and are read again.
   */
  async begin(): Promise<void> {
    const { size } = await this.file.stat();
    const lost = "(select thread from parts where start + bytes > ?)";
    if (this.ledger.get(`select 1 from ${lost}`, size) !== null) {
      this.seal.break();
      this.ledger.write(() => {
        this.ledger.run(`update threads set cursor = null, missing = ? where id in ${lost}`, DAMAGED, size);
        this.ledger.run("delete from parts where start + bytes > ?", size);
      });
    }
    this.#end = this.ledger.get<{ end: number }>("select coalesce(max(start + bytes), 0) as end from parts")!.end;
    if (size > this.#end) await this.file.truncate(this.#end);
  }

  /** Resolves when the batch is on disk and in the ledger. */
  add(batch: Batch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ batch, done: resolve, reject });
    if (!this.#isWriting) void this.#write();
    return promise;
  }

  /** Reads a part of the file. */
  async read(start: number, bytes: number): Promise<Buffer> {
    const { buffer } = await this.file.read(Buffer.alloc(bytes), 0, bytes, start);
    return buffer;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        // After a failure the state of the file's end is unknown.
        if (this.#broken) throw this.#broken.error;
        await this.#commit(group.map(({ batch }) => batch));
        for (const { done } of group) done();
      } catch (error) {
        this.#broken ??= { error };
        for (const { reject } of group) reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #commit(batches: readonly Batch[]): Promise<void> {
    const bytes: Uint8Array[] = [];
    let end = this.#end;
    if (batches.some(({ parts, replaces }) => parts.length > 0 || replaces !== "nothing")) this.seal.break();
    const placed = batches.map(({ parts }) =>
      parts.map((part): Placed => {
        const joined = joinedLines(part.lines);
        bytes.push(joined);
        const start = end;
        end += joined.length;
        return { start, bytes: joined.length, items: part.lines.length, isOpen: part.isOpen, kept: part.kept, sha256: sha256(joined) };
      }),
    );
    if (end > this.#end) {
      await writeAll(this.file, Buffer.concat(bytes), this.#end);
      await this.file.datasync();
    }
    this.ledger.write(() => batches.forEach((batch, i) => this.#note(batch, placed[i]!)));
    this.#end = end;
  }

  #note({ thread, replaces, note }: Batch, placed: readonly Placed[]): void {
    if (replaces === "all") this.ledger.run("delete from parts where thread = ?", thread);
    if (replaces === "open") this.ledger.run("delete from parts where thread = ? and open = 1", thread);
    for (const { start, bytes, items, isOpen, kept, sha256 } of placed) {
      this.ledger.run(
        "insert into parts (thread, start, bytes, items, open, kept, sha256) values (?, ?, ?, ?, ?, ?, ?)",
        ...[thread, start, bytes, items, Number(isOpen), kept, sha256],
      );
    }
    note();
  }
}

const LINE_END = Buffer.from("\n");

export function joinedLines(lines: readonly Uint8Array[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, LINE_END]));
}

export function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
