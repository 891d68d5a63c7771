import { existsSync } from "node:fs";
import { attachmentPath, type SavedPaths } from "./folder.ts";
import type { Ledger } from "./ledger.ts";

/** The state of an attachment; `due` means to be fetched by this run. */
type AttachmentState = "due" | "saved" | "lost" | "without_address";
/** A place where an item refers to an attachment. One attachment may be referred to from several. */
export type Reference = {
  thread: string;
  item: string | null;
  /** Identifies the reference within its thread; the same in each run. */
  place: string;
  id: string | null;
  address: string | null;
};
export type Due = { number: number; id: string | null; address: string };
export type Outcome =
  | { state: "saved"; sha256: string; bytes: number; mediaType: string | null }
  | { state: "lost"; reason: string };

type Known = { number: number; state: AttachmentState; sha256: string | null };

/** Notes the attachments that an item refers to; `change` is called before the first change. */
export function noteReference(ledger: Ledger, paths: SavedPaths, reference: Reference, change: () => void): void {
  const { thread, item, place, id, address } = reference;
  const known = ledger.get<Known>("select number, state, sha256 from attachments where thread = ? and place = ?", thread, place);
  if (known?.sha256 && existsSync(attachmentPath(paths, known.sha256).file)) return;
  if (known && address === null) return;
  change();
  ledger.run(
    `insert into attachments (thread, place, item, id, state, address) values (?, ?, ?, ?, ?, ?)
    on conflict (thread, place) do update set state = excluded.state, address = excluded.address, sha256 = null, reason = null`,
    ...[thread, place, item, id, address === null ? "without_address" : "due", address],
  );
}

/** The attachments to be fetched, in the order in which they were noted. */
export function dueAttachments(ledger: Ledger, most: number): Due[] {
  return ledger.all<Due>("select number, id, address from attachments where state = 'due' order by number limit ?", most);
}

export function dueCount(ledger: Ledger): number {
  return ledger.get<{ n: number }>("select count(*) as n from attachments where state = 'due'")!.n;
}

/** An attachment with this id whose file is already in the folder. */
export function savedBefore(ledger: Ledger, paths: SavedPaths, id: string): Outcome | undefined {
  type Row = { sha256: string; bytes: number; mediaType: string | null };
  const sql = "select sha256, bytes, media_type as mediaType from attachments where id = ? and state = 'saved' limit 1";
  const row = ledger.get<Row>(sql, id);
  return row && existsSync(attachmentPath(paths, row.sha256).file) ? { state: "saved", ...row } : undefined;
}

export function noteOutcome(ledger: Ledger, { number }: Due, outcome: Outcome): void {
  const { reason = null, sha256 = null, bytes = null, mediaType = null } = { ...outcome } as Record<string, string | number | null>;
  ledger.run(
    "update attachments set state = ?, reason = ?, sha256 = ?, bytes = ?, media_type = ?, address = null where number = ?",
    ...[outcome.state, reason, sha256, bytes, mediaType, number],
  );
}

/** Marks attachments that were not fetched as lost. Their addresses expire, so the next run reads the thread again to get new ones. */
export function loseDue(ledger: Ledger): void {
  const reason = "the run ended before it was fetched";
  ledger.write(() => {
    ledger.run("update attachments set state = 'lost', reason = ?, address = null where state = 'due'", reason);
    ledger.run("update threads set cursor = null where cursor is not null and id in (select thread from attachments where state = 'lost')");
  });
}
