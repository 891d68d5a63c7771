import { cp, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Backup } from "../../cli/verbs.ts";
import type { Loaded } from "../../config/loaded.ts";
import { TransferError } from "../../transfer/transfer-error.ts";
import { openAttachments } from "../parts/open-attachments.ts";

/** A copy of an SQLite database as it is at one moment, beside a running server. @throws TransferError */
export async function backUp({ config }: Loaded, file: string): Promise<Backup> {
  const path = /^sqlite:(?:\/\/)?(.*)$/.exec(config.databaseUrl)?.[1];
  if (path === undefined) throw new TransferError("only an SQLite database is copied like this: for PostgreSQL use pg_dump, or export", true);
  if (await stat(path).then(() => false, () => true)) throw new TransferError(`there is no database ${path}`, true);
  if (await stat(file).then(() => true, () => false)) throw new TransferError(`${file} is there already: name a new file`, true);
  const { copyDatabase } = await import("../../store/sqlite/copy.ts");
  const files = `${file}-attachments`;
  const from = await openAttachments(config);
  // First the database: bytes that come later are too many, and not too few.
  copyDatabase(path, file);
  const folder = config.attachments === undefined ? join(resolve(path, ".."), "attachments") : config.attachments.replace(/^disk:(\/\/)?/, "");
  const isDisk = from !== undefined && (config.attachments === undefined || config.attachments.startsWith("disk:"));
  if (!isDisk) return { file, files: undefined };
  try {
    await cp(folder, files, { recursive: true, preserveTimestamps: true });
    return { file, files };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return { file, files: "" };
    await rm(file, { force: true });
    throw thrown;
  }
}
