/**
 * A folder of saved conversations: its files, and the ledger of what is in them. It never opens a connection, and never says that a folder
 * is complete before its last byte is on the disk.
 */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { asDiskError, TransferError } from "../transfer-error.ts";

/** The paths in a saved folder. `manifest.json`, which says that the folder is complete, is written last. */
export type SavedPaths = ReturnType<typeof savedPaths>;

export function savedPaths(folder: string) {
  const inside = (name: string) => join(folder, name);
  return {
    folder,
    manifest: inside("manifest.json"),
    items: inside("items.jsonl"),
    ledger: inside("ledger.sqlite"),
    attachments: inside("attachments"),
    /** Attachments that are being fetched. */
    incoming: inside("attachments/incoming"),
  };
}

/** Attachments are spread over folders, like the objects of git: some file systems are slow with many files in one folder. */
export function attachmentPath({ attachments }: SavedPaths, sha256: string): { folder: string; file: string } {
  const folder = join(attachments, sha256.slice(0, 2));
  return { folder, file: join(folder, sha256.slice(2)) };
}

/** Files that do not count: hidden ones, those that file systems put into their root, and a ledger in which nothing was noted. */
const IGNORED = /^(\.|lost\+found$|ledger\.sqlite)/;

/**
 * Prepares a folder to save into: a new one, an empty one, or one that was saved into before.
 * @throws TransferError with `isMisuse` for any other
 */
export function prepareFolder(folder: string): SavedPaths {
  const paths = savedPaths(folder);
  try {
    if (existsSync(folder) && !statSync(folder).isDirectory()) throw new TransferError(`${folder} is no folder`, true);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    if (!existsSync(paths.ledger)) takeOver(folder);
    return paths;
  } catch (thrown) {
    throw asDiskError(thrown, folder, true);
  }
}

/** Without a ledger nothing tells what files are, so nothing is written beside them. @throws TransferError when there are any */
export function requireUnused(folder: string): void {
  const others = readdirSync(folder).filter((name) => !IGNORED.test(name));
  const saved = ["manifest.json", "items.jsonl"].find((name) => others.includes(name));
  if (saved) throw new TransferError(`${folder} holds ${saved} and no ledger.sqlite of it: bring that back, or save into a new folder`, true);
  if (others[0] !== undefined) {
    throw new TransferError(`${folder} holds something else (${others[0]}): name a new or an empty folder`, true);
  }
}

function takeOver(folder: string): void {
  requireUnused(folder);
  try {
    chmodSync(folder, 0o700);
  } catch {
    // The folder belongs to somebody else, such as a mounted volume. The files in it can be read by their owner only all the same.
  }
}
