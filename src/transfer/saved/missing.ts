import type { Ledger } from "./ledger.ts";

/** Something that is not in the folder, and why: a part of the list of threads, the items of a thread, or an attachment. */
export type Missing = { list?: "threads"; thread?: string; attachment?: string; reason: string };

export const DAMAGED = "its items on the disk are damaged";
export const LOST_FILE = "its file in the folder is gone or damaged";
export const DELETED_UNREAD = "deleted at the source before its items were read";
const LIST_PROBLEM = "list_problem";

/** Notes why the list of threads could not be read to its end; undefined when it could. */
export function noteListProblem(ledger: Ledger, reason: string | undefined): void {
  if (reason === undefined) ledger.run("delete from facts where name = ?", LIST_PROBLEM);
  else ledger.setFact(LIST_PROBLEM, reason);
}

export function* missing(ledger: Ledger): Generator<Missing> {
  const list = ledger.fact(LIST_PROBLEM);
  if (list !== undefined) yield { list: "threads", reason: list };
  yield* ledger.each<{ thread: string; reason: string }>(
    `select id as thread, coalesce(missing, 'not read yet') as reason from threads
    where missing is not null or saved_at is null order by first_pass, first_place`,
  );
  yield* ledger.each<{ thread: string; attachment: string; reason: string }>(
    "select thread, coalesce(id, '(no id)') as attachment, reason from attachments where state = 'lost' order by number",
  );
}
