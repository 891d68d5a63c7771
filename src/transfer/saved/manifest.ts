import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { NAME, VERSION } from "../../version.ts";
import { syncFolder, writeLines, type Content } from "./durable.ts";
import type { SavedPaths } from "./folder.ts";
import { LIST_NAMES, type ListName } from "./lists.ts";

export const FORMAT = "chatkit hosted threads, version 1";

/** What a folder holds: `manifest.json`. */
export type Manifest = {
  format: typeof FORMAT;
  /** Whether all that was asked for is there. */
  complete: boolean;
  program: string;
  source: string;
  /** What the last run asked for; earlier ones may have asked for more. Times are ISO 8601. */
  asked: { user: string | null; since: string | null };
  began_at: string;
  ended_at: string;
  users: number;
  threads: number;
  items: number;
  items_by_type: Record<string, number>;
  attachments: { saved: number; lost: number; without_address: number };
  /** Threads that are here and at the source no more. */
  gone_at_source: number;
  /** Lines of `missing.jsonl`. */
  missing: number;
  /** The files of lines; those of attachments are named by their content. */
  files: Record<ListName | "items.jsonl", Content>;
};

export const PROGRAM = `${NAME} ${VERSION}`;

export async function writeManifest(paths: SavedPaths, manifest: Manifest): Promise<void> {
  await writeLines(paths.manifest, [JSON.stringify(manifest, null, 2)]);
}

/** Undefined when it is none that this program wrote; throws when it cannot be read. */
export function readManifest(paths: SavedPaths): Manifest | undefined {
  const text = readFileSync(paths.manifest, "utf8");
  try {
    const manifest = JSON.parse(text) as Manifest | null;
    const isOurs = manifest?.format === FORMAT && LIST_NAMES.every((name) => name in manifest.files) && "items.jsonl" in manifest.files;
    return isOurs ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** From now on the folder is not whole, until the next one is written. */
export async function removeManifest(paths: SavedPaths): Promise<void> {
  rmSync(paths.manifest, { force: true });
  await syncFolder(dirname(paths.manifest));
}
