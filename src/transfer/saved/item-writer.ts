import { closeSync, openSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { TransferError } from "../transfer-error.ts";
import { writeAll } from "./durable.ts";
import type { Ledger } from "./ledger.ts";

/** Items of one thread, in their order. */
export type Part = {
  /** Without their ends. */
  lines: readonly Uint8Array[];
  /** Whether the next run reads them anew. */
  isOpen: boolean;
};
type Batch = {
  thread: string;
  parts: readonly Part[];
  /** What of the thread's earlier parts these come in the place of. */
  replaces: "nothing" | "open" | "all";
  /** What else is to be noted in the same commit. */
  note(): void;
};

type Waiting = { batch: Batch; done: () => void; reject: (error: unknown) => void };
type Placed = { start: number; bytes: number; items: number; isOpen: boolean; sha256: string };

/**
 * items.jsonl: one item a line, as it was served. It only ever grows at its end, and a part counts once the ledger says where it
 * is, which it is told when the bytes are on disk: whatever lies behind the last part was cut off, and goes when the file is
 * opened. Batches that come while one is written share the next commit.
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
    // To cut it to a length that it does not have would fill it up with zeros.
    if (statSync(path).size < end) throw new TransferError(`${path} has lost what was saved in it: save into a new folder`);
    const file = await open(path, "r+");
    await file.truncate(end);
    return new ItemWriter(file, ledger, end);
  }

  /** Resolves when it is on disk and noted. */
  add(batch: Batch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ batch, done: resolve, reject });
    if (!this.#isWriting) void this.#write();
    return promise;
  }

  /** What the file has between two places. */
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
        // After a failure nobody knows what the file's end looks like.
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
