import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loseDue } from "./attachments.ts";
import { compact } from "./compact.ts";
import { syncFolder } from "../../store/durable-files.ts";
import { writeLines, type Content } from "./write-lines.ts";
import { attachmentPath, type SavedPaths } from "./folder.ts";
import type { Ledger } from "./ledger.ts";
import { LISTS, LIST_NAMES, type ListName } from "./lists.ts";
import { FORMAT, PROGRAM, writeManifest, type Manifest } from "./manifest.ts";
import { DAMAGED, LOST_FILE } from "./missing.ts";
import { fileHash } from "./read-content.ts";
import { surveyItems } from "./survey-items.ts";

/** Writes the lists and, when everything has been read back from the disk, the manifest. */
export async function finish(paths: SavedPaths, ledger: Ledger, about: Pick<Manifest, "source" | "asked" | "began_at">): Promise<Manifest> {
  await compact(paths.items, ledger);
  const survey = await surveyItems(paths.items, ledger, (thread, start) => noteDamage(ledger, thread, start));
  await noteLostFiles(paths, ledger);
  loseDue(ledger);
  rmSync(paths.incoming, { recursive: true, force: true });
  if (existsSync(paths.attachments)) await syncFolder(paths.attachments);
  const lists = {} as Record<ListName, Content>;
  for (const name of LIST_NAMES) lists[name] = await writeLines(join(paths.folder, name), LISTS[name](ledger));
  const missing = lists["missing.jsonl"].lines;
  const manifest: Manifest = {
    format: FORMAT,
    complete: missing === 0,
    program: PROGRAM,
    ...about,
    ended_at: new Date().toISOString(),
    ...counted(ledger),
    items: survey.content.lines,
    items_by_type: survey.byType,
    missing,
    files: { ...lists, "items.jsonl": survey.content },
  };
  ledger.settle();
  await writeManifest(paths, manifest);
  return manifest;
}

/** The numbers of the manifest that come from the ledger. */
export function counted(ledger: Ledger): Pick<Manifest, "users" | "threads" | "attachments" | "gone_at_source" | "items_gone_at_source"> {
  const threads = ledger.get<{ users: number; threads: number; gone: number }>(
    "select count(distinct owner) as users, count(*) as threads, coalesce(sum(gone), 0) as gone from threads",
  )!;
  const attachments = { saved: 0, lost: 0, without_address: 0 };
  type Row = { state: keyof typeof attachments; n: number };
  for (const { state, n } of ledger.all<Row>("select state, count(*) as n from attachments group by state")) attachments[state] = n;
  const { kept } = ledger.get<{ kept: number }>("select coalesce(sum(kept), 0) as kept from parts")!;
  return { users: threads.users, threads: threads.threads, attachments, gone_at_source: threads.gone, items_gone_at_source: kept };
}

/** Makes the next run read the whole thread, and write it even if its hash has not changed. */
function noteDamage(ledger: Ledger, thread: string, start: number): void {
  ledger.run("update threads set missing = ?, cursor = null where id = ?", DAMAGED, thread);
  ledger.run("update parts set sha256 = '' where start = ?", start);
}

/** Files that are gone, or are not what was saved: what is fetched anew takes their place. */
async function noteLostFiles(paths: SavedPaths, ledger: Ledger): Promise<void> {
  const sql = "select distinct sha256 from attachments where state = 'saved'";
  for (const { sha256 } of ledger.all<{ sha256: string }>(sql)) {
    const { file } = attachmentPath(paths, sha256);
    if (existsSync(file) && (await fileHash(file)) === sha256) continue;
    ledger.run("update attachments set state = 'lost', reason = ?, sha256 = null where sha256 = ?", LOST_FILE, sha256);
  }
}
