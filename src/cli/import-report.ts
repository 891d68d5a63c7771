import { NO_USER } from "../transfer/conversations/no-user.ts";
import type { HostedReport } from "../transfer/conversations/import-hosted.ts";
import type { PythonReport } from "../transfer/python/import-python.ts";
import type { CheckReport, SavedReport } from "../transfer/saved-report.ts";
import type { Manifest } from "../transfer/saved/manifest.ts";
import type { Missing } from "../transfer/saved/missing.ts";

/** How many missing things the text report lists; `--json` has all of them. */
const SHOWN_MISSING = 20;

/** What came into the database of a folder that was saved. */
export function hostedText({ threads, items, attachments, previews, withoutUser }: HostedReport): string {
  const rows = Object.entries(items).sort().map(([type, { taken, left }]) => `  ${shown(type)}: ${taken}${left === 0 ? "" : `, and ${left} that this server cannot show`}`);
  const nobody = withoutUser === 0 ? [] : [`${count(withoutUser, "thread")} of nobody belong to the user "${NO_USER}"`];
  const lacking = "the source does not have: the bytes of files (of pictures, the previews), tags in messages, and at which place of a text an annotation is";
  return [`imported: ${count(threads, "thread")}, ${count(attachments, "attachment")}`, ...rows, ...previewRows(previews), ...nobody, lacking].join("\n");
}

function previewRows({ taken, damaged, noPlace }: HostedReport["previews"]): string[] {
  return [
    ...(taken === 0 ? [] : [`${count(taken, "preview")} can be seen in the conversations`]),
    ...(damaged === 0 ? [] : [`${count(damaged, "preview")} not taken: no picture, or not in the folder any more`]),
    ...(noPlace === 0 ? [] : [`${count(noPlace, "preview")} not taken: set CHATKIT_ATTACHMENTS, a place for files, and do it again`]),
  ];
}

/** What came into the database of a Python server. */
export function pythonText({ tables, unread, threads, items, attachments, left }: PythonReport): string {
  const rows = Object.entries(items).sort().map(([type, number]) => `  ${type}: ${number}`);
  const not = Object.entries(left).sort().map(([what, number]) => `  not taken: ${shown(what)}: ${number}`);
  const others = unread.length === 0 ? [] : [`  not read: the tables ${unread.map(shown).join(", ")}`];
  const bytes = attachments === 0 ? [] : ["the bytes of the attachments are not in a database of the Python SDK: their records came, and the files are where that server kept them"];
  return [`imported from ${tables.join(", ")}: ${count(threads, "thread")}, ${count(attachments, "attachment")}`, ...rows, ...not, ...others, ...bytes].join("\n");
}

const MEND = "what is damaged is read anew, as far as the source still has it";

export function savedText({ folder, manifest, missing, run }: SavedReport): string {
  const { threads, items, requests } = run;
  const read = `this run looked at ${count(threads, "thread")}, read ${count(items, "new or changed item")}, sent ${count(requests, "request")}`;
  const state = manifest.complete ? `saved in ${folder}: ${allOf(manifest)} is there` : `saved in ${folder}: something is missing`;
  return [state, ...numbers(manifest), ...notHad(manifest, missing), read].join("\n");
}

export function checkText({ folder, manifest, missing, problems }: CheckReport): string {
  if (problems.length > 0 || !manifest) {
    const lines = problems.map((one) => `  ${shown(one)}`);
    return [`${folder} is not as it was saved`, ...lines, `to mend it, run its import again: ${MEND}`].join("\n");
  }
  const whole = manifest.asked.user === null && manifest.asked.since === null ? "is whole" : `is whole: ${allOf(manifest)} is there`;
  const state = manifest.complete ? `${folder} ${whole}` : `${folder} is as it was saved, and something is missing`;
  return [state, ...numbers(manifest), ...notHad(manifest, missing)].join("\n");
}

/** Nobody must take a part of a project for all of it: soon the rest cannot be fetched any more. */
function allOf({ asked: { user, since } }: Manifest): string {
  const limits = [since === null ? "" : `threads made since ${since}`, user === null ? "" : `those of user ${shown(user)}`].filter((limit) => limit !== "");
  return limits.length === 0 ? "all" : `all that was asked for (${limits.join(", ")}; not the whole project)`;
}

function numbers(manifest: Manifest): string[] {
  const { saved, lost, without_address } = manifest.attachments;
  const rows: [string, string][] = [
    ["users", number(manifest.users)],
    ["threads", number(manifest.threads)],
    ["items", number(manifest.items)],
    ...Object.entries(manifest.items_by_type).map(([type, n]): [string, string] => [`  ${shown(type)}`, number(n)]),
    ["attachments", `${number(saved)} saved, ${number(lost)} lost, ${number(without_address)} without a preview at the source`],
  ];
  if (manifest.gone_at_source > 0) rows.push(["gone", `${count(manifest.gone_at_source, "thread")} kept here that the source has no more`]);
  if (manifest.items_gone_at_source > 0) rows.push(["", `${count(manifest.items_gone_at_source, "item")} kept here that the source has no more`]);
  if (manifest.threads === 0) rows.push(["", "there are no threads: is it the key of the right project?"]);
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
}

function notHad({ missing: total }: Manifest, missing: readonly Missing[]): string[] {
  if (total === 0) return [];
  const lines = missing.slice(0, SHOWN_MISSING).map(({ list, thread, attachment, reason }) => {
    const what = list ? `the list of ${list}` : `thread ${thread}`;
    return `  ${shown(`${attachment === undefined ? "" : `attachment ${attachment} of `}${what}: ${reason}`)}`;
  });
  if (total > lines.length) lines.push(`  … and ${number(total - lines.length)} more, all in missing.jsonl`);
  return [`missing: ${number(total)}`, ...lines];
}

/** Ids and types come from another server: control characters in them would be commands to the terminal. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ");
}

function count(n: number, what: string): string {
  return `${number(n)} ${what}${n === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
