import { readFileSync, rmSync } from "node:fs";
import { NAME, VERSION } from "../../version.ts";
import { syncFolderNow } from "../../store/durable-files.ts";
import { writeLines, type Content } from "./write-lines.ts";
import type { SavedPaths } from "./folder.ts";
import { LIST_NAMES, type ListName } from "./lists.ts";

export const FORMAT = "chatkit hosted threads, version 1";

/** The content of `manifest.json`: what a folder has. */
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
  /** Threads that are saved here and deleted at the source. */
  gone_at_source: number;
  /** Items that are saved here but were deleted at the source, in threads that it still has. */
  items_gone_at_source: number;
  /** The number of lines in `missing.jsonl`. */
  missing: number;
  /** The files of lines. Attachments are not listed, since their names are hashes of their content. */
  files: Record<ListName | "items.jsonl", Content>;
};

export const PROGRAM = `${NAME} ${VERSION}`;

export async function writeManifest(paths: SavedPaths, manifest: Manifest): Promise<void> {
  await writeLines(paths.manifest, [JSON.stringify(manifest, null, 2)]);
}

/** Undefined when this program has not written it; throws when it cannot be read. */
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

/**
 * A manifest says that a folder is complete. A run removes it before its first change and not earlier: a run that finds nothing new, or
 * gets nothing, leaves the folder as it was.
 */
export class Seal {
  #isBroken = false;

  constructor(private readonly paths: SavedPaths) {}

  break(): void {
    if (this.#isBroken) return;
    rmSync(this.paths.manifest, { force: true });
    syncFolderNow(this.paths.folder);
    this.#isBroken = true;
  }
}
