import type { Manifest } from "./saved/manifest.ts";
import type { Missing } from "./saved/missing.ts";

/** How many missing things a report lists; all of them are in `missing.jsonl` of the folder. */
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

/** The result of checking a saved folder. */
export type CheckReport = {
  folder: string;
  /** Absent when it cannot be read. */
  manifest?: Manifest;
  missing: Missing[];
  /** What differs from what was saved, one sentence each. */
  problems: string[];
};
