/**
 * Transfer: conversations in and out, without a running server. What another system has is fetched (`hosted/`) and saved as it was served
 * (`saved/`), step by step (`saving/`). It never deletes anything there, and never answers a request.
 */
import { AttachmentFetcher } from "../hosted/fetch-attachment.ts";
import { PATIENCE, type Patience } from "../hosted/clock.ts";
import { HostedApi, type Source } from "../hosted/hosted-api.ts";
import { Requests } from "../hosted/requests.ts";
import { HostedRun, RunEnded } from "./hosted-run.ts";
import type { Wanted } from "./list-threads.ts";
import { Previews } from "./previews.ts";
import { Progress, type Terminal } from "./progress.ts";
import { TOLD_MISSING, type SavedReport } from "../saved-report.ts";
import type { Saving } from "./save-thread.ts";
import { loseDue } from "../saved/attachments.ts";
import { finishCompaction } from "../saved/compact.ts";
import { finish } from "../saved/finish.ts";
import { prepareFolder, type SavedPaths } from "../saved/folder.ts";
import { ItemWriter } from "../saved/item-writer.ts";
import { Ledger } from "../saved/ledger.ts";
import { Seal } from "../saved/manifest.ts";
import { DAMAGED, LOST_FILE, missing, noteListProblem } from "../saved/missing.ts";
import { beginRun } from "../saved/runs.ts";
import { requireSameSource } from "./same-project.ts";
import { asDiskError, TransferError } from "../transfer-error.ts";

export type SaveOptions = {
  folder: string;
  source: Source;
  wanted: Wanted;
  /** Ends the run early; a later run can continue in the folder. */
  signal: AbortSignal;
  terminal: Terminal;
  /** The time limits. @default those for the hosted API */
  patience?: Patience;
};

/** Requests at a time. The API's limits are not published; its other lists allow this many, and a server that asks for less gets less. */
const PARALLEL = 8;
/** For attachments, which are on other servers. Less patient than the others, since the next run gets new addresses for them. */
const FILE_PATIENCE = { tries: 4, headMs: 20_000, longestMs: 60_000 };

/** Found when the folder is read back at the end of a run: a second one reads it anew, as far as the source still has it. */
const FOUND_AT_END: ReadonlySet<string> = new Set([DAMAGED, LOST_FILE]);

/**
 * Saves the threads of a hosted project into a folder, as they are served. Called again, it saves what is new.
 * @throws TransferError when nothing could be done, or it was stopped
 */
export async function saveHosted(options: SaveOptions): Promise<SavedReport> {
  const paths = prepareFolder(options.folder);
  try {
    const ledger = Ledger.open(paths.ledger, paths.folder);
    try {
      const report = await save(options, paths, ledger);
      return missing(ledger).some(({ reason }) => FOUND_AT_END.has(reason)) ? await save(options, paths, ledger) : report;
    } finally {
      ledger.close();
    }
  } catch (thrown) {
    if (options.signal.aborted) throw new TransferError(`stopped; run the same command again to go on with ${options.folder}`);
    throw asDiskError(thrown, options.folder);
  }
}

async function save(options: SaveOptions, paths: SavedPaths, ledger: Ledger): Promise<SavedReport> {
  const progress = new Progress(options.terminal);
  progress.start();
  try {
    return await saveWith(progress, options, paths, ledger);
  } finally {
    progress.stop();
  }
}

async function saveWith(progress: Progress, options: SaveOptions, paths: SavedPaths, ledger: Ledger): Promise<SavedReport> {
  const { source, wanted, patience = PATIENCE } = options;
  const stop = new AbortController();
  options.signal.addEventListener("abort", () => stop.abort(), { once: true });
  if (options.signal.aborted) stop.abort();
  const requests = new Requests(PARALLEL, patience, stop.signal);
  const files = new Requests(PARALLEL, { ...patience, ...FILE_PATIENCE }, stop.signal);
  const api = new HostedApi(source, requests);
  progress.waitMs = () => requests.waitMs;
  progress.trouble = () => requests.trouble;

  requireSameSource(ledger, paths.folder, api.shownUrl);
  await finishCompaction(paths.items, ledger);
  const run = beginRun(ledger);
  const seal = new Seal(paths);
  const writer = await ItemWriter.open(paths, ledger, seal);
  loseDue(ledger);
  const previews = new Previews(ledger, paths, new AttachmentFetcher(paths, files, source));
  progress.previews = () => previews.count;
  const saving = { api, writer, ledger, seal, paths, run, previews };
  const broken = await readAll(new HostedRun(saving, wanted, progress, stop), saving, stop);
  noteListProblem(ledger, broken?.message);
  progress.isVerifying = true;
  const since = wanted.sinceMs === undefined ? null : new Date(wanted.sinceMs).toISOString();
  const about = { source: api.shownUrl, asked: { user: wanted.user ?? null, since }, began_at: run.beganAt };
  const manifest = await finish(paths, ledger, about);
  if (broken?.error) throw broken.error;
  return {
    folder: options.folder,
    manifest,
    missing: [...missing(ledger).take(TOLD_MISSING)],
    run: { threads: progress.done, items: progress.items, requests: requests.sent },
  };
}

async function readAll(hosted: HostedRun, { previews, writer }: Saving, stop: AbortController): Promise<RunEnded | undefined> {
  let failed: { error: unknown } | undefined;
  const fetching = previews.run().catch((error: unknown) => {
    if (!stop.signal.aborted) failed = { error };
    stop.abort();
  });
  try {
    const thrown = await hosted.readAll().catch((error: unknown) => error);
    previews.tell(false);
    await fetching;
    if (failed) throw failed.error;
    if (thrown !== undefined && !(thrown instanceof RunEnded)) throw thrown;
    return thrown;
  } finally {
    await writer.close();
  }
}
