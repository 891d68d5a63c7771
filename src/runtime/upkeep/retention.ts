/**
 * Upkeep: what is done again and again while the server runs, such as deleting what is old and closing runs whose process died. It never
 * holds up a request, and a round that fails never ends the process.
 */
import { NotFoundError } from "../../errors.ts";
import { UNUSED_MS } from "../../attachments/sweep.ts";
import type { AttachmentStore } from "../../attachments/attachment-store.ts";
import { auditTo } from "../../server/audit.ts";
import type { Logger, RequestContext } from "../../server/context.ts";
import type { DeletedAttachment, Retention } from "../../store/upkeep.ts";

type RetentionOptions = {
  store: Partial<Retention>;
  /** Without one, attachments of deleted threads stay marked until there is one that can delete their bytes. */
  attachmentStore?: AttachmentStore<RequestContext> | undefined;
  /** Threads in which nothing was written for this long are deleted; undefined keeps them. */
  retentionMs: number | undefined;
  logger: Logger;
  /** While true, rounds are left out. */
  isPaused?: () => boolean;
};

export type BytesDeleted = { deleted: number; failed: number };
export type BytesOptions = Pick<RetentionOptions, "store" | "attachmentStore" | "logger">;

/** Threads marked by one statement: so few that nobody has to wait. */
const THREADS = 25;
/** How many threads a round deletes at most; the next round continues. */
const THREADS_PER_ROUND = 100_000;
const ATTACHMENTS = 500;
const PAUSE_MS = 20;
const LONGEST_PERIOD_MS = 3_600_000;
const FIRST_ROUND_MS = 5000;

/**
 * Deletes old threads and the bytes of attachments that nobody can reach any more, soon after the start and then every so often.
 * Any number of processes may do so at once: the database gives each thread to one of them, and deleting bytes twice is harmless.
 */
export function keepRetention(options: RetentionOptions): () => void {
  const { retentionMs, store } = options;
  if (!store.deleteThreadsOlderThan || (retentionMs === undefined && !options.attachmentStore)) return () => {};
  const periodMs = Math.min(LONGEST_PERIOD_MS, (retentionMs ?? Infinity) / 10);
  let timer: Timer;
  let stopped = false;
  const round = async () => {
    if (!options.isPaused?.()) await retain(options, () => stopped);
    if (!stopped) next(periodMs);
  };
  // At random times, since processes that were started together would all do it at once.
  const next = (ms: number) => (timer = setTimeout(() => void round(), ms * (0.75 + Math.random() / 2)));
  next(Math.min(FIRST_ROUND_MS, periodMs));
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** One round. Never throws. */
export async function retain(options: RetentionOptions, isStopped = () => false): Promise<void> {
  const { logger } = options;
  try {
    const threads = await deleteThreads(options, isStopped);
    await options.store.deleteUnusedAttachments?.(new Date(Date.now() - UNUSED_MS));
    // Before `deleteBytes`, since it marks the attachments of deleted threads.
    await options.store.finishDeletions?.();
    const { deleted: attachments } = await deleteBytes(options, isStopped);
    if (threads + attachments > 0) auditTo(logger)({ event: "retention_deleted", threads, attachments });
  } catch (err) {
    logger.warn({ err }, "old threads could not be deleted; the next round tries again");
  }
}

async function deleteThreads({ store, retentionMs }: RetentionOptions, isStopped: () => boolean): Promise<number> {
  if (retentionMs === undefined || !store.deleteThreadsOlderThan) return 0;
  const cutoff = new Date(Date.now() - retentionMs);
  let deleted = 0;
  while (!isStopped() && deleted < THREADS_PER_ROUND) {
    const count = await store.deleteThreadsOlderThan(cutoff, THREADS);
    deleted += count;
    if (count === 0) break;
    await Bun.sleep(PAUSE_MS);
  }
  return deleted;
}

/** Ends after so many failures: a bucket that is away would fail for each of hundreds. */
const MAX_FAILURES = 5;

/**
 * Deletes the bytes of attachments that are marked as deleted. The bytes before the record: after a crash in between, the record makes
 * the next round delete the bytes again.
 */
export async function deleteBytes({ store, attachmentStore, logger }: BytesOptions, isStopped: () => boolean): Promise<BytesDeleted> {
  const done = { deleted: 0, failed: 0 };
  if (!attachmentStore || !store.deletedAttachments || !store.forgetAttachments) return done;
  while (!isStopped()) {
    const found = await store.deletedAttachments(ATTACHMENTS);
    const gone: DeletedAttachment[] = [];
    for (const one of found) {
      if (done.failed === MAX_FAILURES) break;
      if (await deleteOne(attachmentStore, one, logger)) gone.push(one);
      else done.failed++;
    }
    if (gone.length > 0) await store.forgetAttachments(gone);
    done.deleted += gone.length;
    // Those that failed are still marked. When all of a batch have failed, the rest waits for the next round.
    if (gone.length === 0) break;
    await Bun.sleep(PAUSE_MS);
  }
  return done;
}

async function deleteOne(bytes: AttachmentStore<RequestContext>, deleted: DeletedAttachment, logger: Logger): Promise<boolean> {
  const { userId, attachmentId, modelFile } = deleted;
  try {
    await bytes.deleteAttachment(attachmentId, ownerContext(userId), modelFile);
    return true;
  } catch (err) {
    if (err instanceof NotFoundError) return true;
    logger.warn({ err, attachment_id: attachmentId }, "the bytes of an attachment could not be deleted");
    return false;
  }
}

/** A context as if the owner had asked: stores need a user for everything. */
export function ownerContext(userId: string): RequestContext {
  const { signal } = new AbortController();
  return { userId, requestId: "retention", headers: new Headers(), signal, waitUntil: (work) => void work.catch(() => {}) };
}
