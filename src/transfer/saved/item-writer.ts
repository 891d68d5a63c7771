import { closeSync, openSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { TransferError } from "../transfer-error.ts";
import { writeAll } from "./durable.ts";
import type { Ledger } from "./ledger.ts";

/** Items of one thread, in order. */
export type Part = {
  /** Without line breaks. */
  lines: readonly Uint8Array[];
  /** Whether the next run reads these items again. */
  isOpen: boolean;
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
type Placed = { start: number; bytes: number; items: number; isOpen: boolean; sha256: string };

/**
 * Writes items.jsonl, which has one item in each line, as it was served. The file only grows at its end. A part counts once the ledger
 * has its place, which is noted when the bytes are on disk: whatever follows the last part was cut off by a crash, and is removed when
 * the file is opened. Batches that arrive during a write share the next commit.
 */
export class ItemWriter {
  readonly #waiting: Waiting[] = [];
  #isWriting = false;
  #broken: { error: unknown } | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly ledger: Ledger,
    private end: number,
  ) {}

  static async open(path: string, ledger: Ledger): Promise<ItemWriter> {
    closeSync(openSync(path, "a", 0o600));
    const { end } = ledger.get<{ end: number }>("select coalesce(max(start + bytes), 0) as end from parts")!;
    // Truncating a file that is shorter would fill it up with zeros.
    if (statSync(path).size < end) throw new TransferError(`${path} has lost what was saved in it: save into a new folder`);
    const file = await open(path, "r+");
    await file.truncate(end);
    return new ItemWriter(file, ledger, end);
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
    let end = this.end;
    const placed = batches.map(({ parts }) =>
      parts.map((part): Placed => {
        const joined = joinedLines(part.lines);
        bytes.push(joined);
        const start = end;
        end += joined.length;
        return { start, bytes: joined.length, items: part.lines.length, isOpen: part.isOpen, sha256: sha256(joined) };
      }),
    );
    if (end > this.end) {
      await writeAll(this.file, Buffer.concat(bytes), this.end);
      await this.file.datasync();
    }
    this.ledger.write(() => batches.forEach((batch, i) => this.#note(batch, placed[i]!)));
    this.end = end;
  }

  #note({ thread, replaces, note }: Batch, placed: readonly Placed[]): void {
    if (replaces === "all") this.ledger.run("delete from parts where thread = ?", thread);
    if (replaces === "open") this.ledger.run("delete from parts where thread = ? and open = 1", thread);
    for (const { start, bytes, items, isOpen, sha256 } of placed) {
      this.ledger.run(
        "insert into parts (thread, start, bytes, items, open, sha256) values (?, ?, ?, ?, ?, ?)",
        ...[thread, start, bytes, items, Number(isOpen), sha256],
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
