import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ChatKitError } from "../errors.ts";
import { syncFolder, writeAll } from "../store/durable-files.ts";
import { createPrivateFolder, type Warn } from "../store/private-files.ts";
import type { ByteStore, StoredBytes } from "./byte-store.ts";
import { requireKey } from "./byte-store.ts";

/** Where files are until they are whole. No key is that short. */
const UNFINISHED = "new";

/**
 * Files in a folder, which only this user can read. A file is written under another name and synced before it gets its own, so that there
 * is never a part of one. Any number of processes may share the folder.
 */
export class DiskBytes implements ByteStore {
  readonly #root: string;
  readonly #warn: Warn;

  /** @param root created when the first file is stored */
  constructor(root: string, warn: Warn = () => {}) {
    this.#root = root;
    this.#warn = warn;
  }

  async write(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#pathOf(key);
    const folder = this.#folderOf(key);
    const unfinished = join(this.#root, UNFINISHED, crypto.randomUUID());
    try {
      for (const needed of [folder, join(this.#root, UNFINISHED)]) createPrivateFolder(needed, this.#warn);
      await writeSynced(unfinished, chunks);
      await rename(unfinished, path);
      await syncFolder(folder);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw translated(error);
    }
  }

  async open(key: string): Promise<StoredBytes | undefined> {
    const path = this.#pathOf(key);
    try {
      // A link would lead out of the folder (CWE-59).
      const found = await lstat(path);
      if (!found.isFile()) return undefined;
      const file = Bun.file(path);
      return { size: found.size, part: (start, end) => file.slice(start, end), all: () => file.bytes() };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw translated(error);
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true }).catch((error: unknown) => {
      throw translated(error);
    });
  }

  async *list(): AsyncGenerator<{ key: string; writtenAt: number }, void> {
    for (const folder of await entriesOf(this.#root)) {
      if (folder === UNFINISHED) continue;
      for (const key of await entriesOf(join(this.#root, folder))) {
        const found = await lstat(join(this.#root, folder, key)).catch(() => undefined);
        if (found?.isFile()) yield { key, writtenAt: found.mtimeMs };
      }
    }
  }

  /** A file that is being written is written to all the time, so its time is new. */
  async tidy(before: number): Promise<void> {
    for (const name of await entriesOf(join(this.#root, UNFINISHED))) {
      const path = join(this.#root, UNFINISHED, name);
      const found = await lstat(path).catch(() => undefined);
      if (found && found.mtimeMs < before) await rm(path, { force: true });
    }
  }

  /** By the end of the key, since ids begin with the time. */
  #folderOf(key: string): string {
    requireKey(key);
    return join(this.#root, key.split(".", 1)[0]!.slice(-2));
  }

  #pathOf(key: string): string {
    return join(this.#folderOf(key), key);
  }
}

async function writeSynced(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of chunks) await writeAll(file, chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error) || (error as { code?: string }).code === "ENOTDIR") return [];
    throw translated(error);
  }
}

const isMissing = (error: unknown) => (error as { code?: string }).code === "ENOENT";

/** Errors of the file system in our words; others, such as those of an upload that was refused, stay as they are. */
function translated(error: unknown): unknown {
  const { code, syscall } = error as { code?: string; syscall?: string };
  if (code === "ENOSPC" || code === "EDQUOT") return new ChatKitError("storage_full", { cause: error, reason: "disk_full" });
  return syscall === undefined ? error : new ChatKitError("storage_unavailable", { cause: error });
}
