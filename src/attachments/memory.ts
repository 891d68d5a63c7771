import type { ByteStore, StoredBytes } from "./byte-store.ts";
import { requireKey } from "./byte-store.ts";

type Entry = { data: Uint8Array<ArrayBuffer>; writtenAt: number };

/** Bytes in this process's memory, gone with it. */
export class MemoryBytes implements ByteStore {
  readonly #entries = new Map<string, Entry>();

  async write(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    requireKey(key);
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk.slice());
    this.#entries.set(key, { data: new Uint8Array(Buffer.concat(parts)), writtenAt: Date.now() });
  }

  async open(key: string): Promise<StoredBytes | undefined> {
    requireKey(key);
    const data = this.#entries.get(key)?.data;
    return data && { size: data.byteLength, part: (start, end) => new Blob([data.subarray(start, end)]), all: async () => data };
  }

  async delete(key: string): Promise<void> {
    requireKey(key);
    this.#entries.delete(key);
  }

  async *list(): AsyncGenerator<{ key: string; writtenAt: number }, void> {
    for (const [key, { writtenAt }] of [...this.#entries]) yield { key, writtenAt };
  }
}
