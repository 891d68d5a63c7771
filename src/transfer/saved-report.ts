import type { Manifest } from "./saved/manifest.ts";
import type { Missing } from "./saved/missing.ts";

/** How much of a long list is told; all of it is in the folder's `missing.jsonl`. */
export const TOLD_MISSING = 1000;

/** What a run did, and what the folder holds now. */
export type SavedReport = {
  folder: string;
  manifest: Manifest;
  /** At most `TOLD_MISSING`. */
  missing: Missing[];
  /** What this run read: threads it looked at, items that were new, requests. */
  run: { threads: number; items: number; requests: number };
};

/** What looking at a saved folder found. */
export type CheckReport = {
  folder: string;
  /** Absent when it cannot be read. */
  manifest?: Manifest;
  missing: Missing[];
  /** What is not as it was saved. */
  problems: string[];
};
