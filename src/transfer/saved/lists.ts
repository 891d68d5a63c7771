import type { Ledger } from "./ledger.ts";
import { missing } from "./missing.ts";

/** The files that are written from the ledger at the end of a run, and their lines. items.jsonl is written during the run. */
export const LISTS = {
  "threads.jsonl": threadLines,
  "attachments.jsonl": attachmentLines,
  "missing.jsonl": missingLines,
} satisfies Record<string, (ledger: Ledger) => Iterable<Uint8Array | string>>;

export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as ListName[];

/** Oldest first. The listing is newest first, so threads of the same second are put in its reverse order. */
function* threadLines(ledger: Ledger): Generator<Uint8Array> {
  const sql = "select line from threads order by created_at is null, created_at, first_pass, first_place desc";
  for (const { line } of ledger.each<{ line: Uint8Array }>(sql)) yield line;
}

/** One line for each reference from an item. */
function* attachmentLines(ledger: Ledger): Generator<string> {
  type Row = { sha256: string | null };
  const sql = "select id, thread, item, state, reason, bytes, media_type, sha256 from attachments order by number";
  for (const { sha256, ...row } of ledger.each<Row>(sql)) {
    const file = sha256 === null ? null : `attachments/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
    yield JSON.stringify({ ...row, sha256, file });
  }
}

function* missingLines(ledger: Ledger): Generator<string> {
  for (const one of missing(ledger)) yield JSON.stringify(one);
}
