import { existsSync } from "node:fs";
import type { ByteStore, StoredBytes } from "../../attachments/byte-store.ts";
import { keepFile } from "../../attachments/keep-file.ts";
import type { Loaded } from "../../config/loaded.ts";
import { maskUrl } from "../../config/mask.ts";
import { importSaved as takeSaved, type HostedReport } from "../../transfer/conversations/import-hosted.ts";
import type { KeepFile } from "../../transfer/conversations/saved-files.ts";
import { importPython as takePython, type PythonReport } from "../../transfer/python/import-python.ts";
import type { TableSource } from "../../transfer/python/tables.ts";
import { TransferError } from "../../transfer/transfer-error.ts";
import { withStore } from "./conversations.ts";

const EVERY_MS = 5000;

export function importSaved(loaded: Loaded, folder: string, wanted: { userId?: string | undefined; since?: number | undefined }): Promise<HostedReport> {
  let told = performance.now();
  const tell = (items: number) => {
    if (performance.now() - told < EVERY_MS) return;
    told = performance.now();
    process.stderr.write(`${items} items so far\n`);
  };
  return withStore(loaded, ({ store, bytes }) => takeSaved({ store, keepFile: bytes && keepIn(bytes) }, folder, wanted, tell), { mayBeNew: true });
}

function keepIn(bytes: ByteStore): KeepFile {
  return (userId, attachment, { path, sha256 }) => {
    const file = Bun.file(path);
    const stored: StoredBytes = { size: file.size, part: (start, end) => file.slice(start, end), all: () => file.bytes() };
    return keepFile(bytes, userId, attachment, stored, sha256.slice(0, 16));
  };
}

export function importPython(loaded: Loaded, address: string, user: string | undefined): Promise<PythonReport> {
  return withStore(loaded, async ({ store }) => {
    const source = await open(address);
    try {
      return await takePython(store, source, user);
    } catch (thrown) {
      if (thrown instanceof Error && "code" in thrown && !(thrown instanceof TransferError)) throw unreadable(address, thrown);
      throw thrown;
    } finally {
      await source.close();
    }
  }, { mayBeNew: true });
}

async function open(address: string): Promise<TableSource> {
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(address)) return (await import("../../transfer/python/postgres-tables.ts")).postgresTables(address.replace(/^postgres(ql)?(\+\w+)?:/, "postgres:"));
  // As SQLAlchemy writes it: three slashes before a relative path, four before an absolute one.
  const path = address.replace(/^sqlite(\+\w+)?:(\/\/\/)?/, "");
  if (!existsSync(path)) throw new TransferError(`there is no database ${maskUrl(path)}: expected sqlite:PATH or postgres://…`, true);
  return (await import("../../transfer/python/sqlite-tables.ts")).sqliteTables(path);
}

function unreadable(address: string, { message }: Error): TransferError {
  return new TransferError(`${maskUrl(address)} cannot be read: ${message}`);
}
