import { ChatKitError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { AlreadyOpen } from "../already-open.ts";
import { cutOffItems } from "../cut-off.ts";
import { lostLease } from "../process-runs.ts";
import type { SqliteDatabase } from "./database.ts";
import { appendItem, insertThread, loadThread } from "./rows.ts";
import type { Run, RunOpening } from "../store.ts";
import { requireActive } from "../thread-change.ts";

type RunRow = { user_id: string; thread_id: string; id: string; expires_at: number; pending: string; message_id: string | null };

/** @throws NotFoundError, or ChatKitError thread_locked, thread_closed, thread_busy */
export function openRun(db: SqliteDatabase, userId: string, opening: RunOpening): Promise<ThreadMetadata> {
  const { run, create, message, attachments = [], fingerprint = null } = opening;
  return db.write(() => {
    if (fingerprint !== null) refuseSame(db, userId, run, fingerprint);
    const thread = create ?? loadThread(db, userId, run.threadId);
    requireActive(thread);
    // Also of a new thread: a store of somebody's own may give out ids that are known already.
    takeOver(db, userId, run);
    if (create) insertThread(db, userId, create);
    db.run(
      `insert into runs (user_id, thread_id, id, expires_at, pending, fingerprint, message_id)
      values (?1, ?2, ?3, ?4, '[]', ?5, ?6)
      on conflict (user_id, thread_id) do update
      set id = excluded.id,
        expires_at = excluded.expires_at,
        fingerprint = excluded.fingerprint,
        message_id = excluded.message_id`,
      userId, run.threadId, run.id, Date.now() + run.leaseMs, fingerprint, message?.id ?? null,
    );
    for (const attachment of attachments) saveAttachment(db, userId, attachment);
    if (message) appendItem(db, userId, run.threadId, message);
    return thread;
  });
}

function refuseSame(db: SqliteDatabase, userId: string, run: Run, fingerprint: string): void {
  const same = db.get<RunRow>("select * from runs where user_id = ?1 and fingerprint = ?2 and id <> ?3", userId, fingerprint, run.id);
  if (same) throw new AlreadyOpen({ id: same.id, threadId: same.thread_id }, same.message_id ?? "");
}

function takeOver(db: SqliteDatabase, userId: string, run: Run): void {
  const holder = db.get<RunRow>("select * from runs where user_id = ?1 and thread_id = ?2", userId, run.threadId);
  if (!holder || holder.id === run.id) return;
  if (holder.expires_at > Date.now()) throw new ChatKitError("thread_busy");
  storeCutOff(db, holder);
}

// A lease means nothing once the machine has lost its power: every owner is gone then.
const BOOKKEEPING = { durable: false };

/** @throws ChatKitError conflict */
export async function checkpointRun(db: SqliteDatabase, userId: string, run: Run, pending: ThreadItem[]): Promise<void> {
  const now = Date.now();
  const held = await db.write(
    () =>
      db.run(
        `update runs
        set expires_at = ?5,
          pending = ?6
        where user_id = ?1
          and thread_id = ?2
          and id = ?3
          and expires_at > ?4`,
        userId, run.threadId, run.id, now, now + run.leaseMs, JSON.stringify(pending),
      ),
    BOOKKEEPING,
  );
  if (!held) throw lostLease();
}

/** An expired run stays for `recoverRuns`: what it left has to be stored first. */
export async function closeRun(db: SqliteDatabase, userId: string, run: Run): Promise<void> {
  await db.write(
    () =>
      db.run(
        `delete from runs
        where user_id = ?1
          and thread_id = ?2
          and id = ?3
          and expires_at > ?4`,
        userId, run.threadId, run.id, Date.now(),
      ),
    BOOKKEEPING,
  );
}

export function hasRun(db: SqliteDatabase, userId: string, { id, threadId }: Pick<Run, "id" | "threadId">): boolean {
  return db.get("select 1 from runs where user_id = ?1 and thread_id = ?2 and id = ?3", userId, threadId, id) !== null;
}

/** The only read across users: a dead process cannot say whose runs it had. Every write is scoped again. */
export async function recoverRuns(db: SqliteDatabase): Promise<number> {
  const expired = () => db.all<RunRow>("select * from runs where expires_at <= ?1", Date.now());
  // Looked at without the write lock first: this runs every few seconds and mostly finds nothing.
  if (expired().length === 0) return 0;
  return db.write(() => {
    const dead = expired();
    for (const row of dead) storeCutOff(db, row);
    return dead.length;
  });
}

export function saveAttachment(db: SqliteDatabase, userId: string, attachment: Attachment): void {
  db.run(
    `insert into attachments (user_id, id, thread_id, data, saved_at)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict (user_id, id) do update
    set thread_id = excluded.thread_id,
      data = excluded.data,
      deleted = 0`,
    userId, attachment.id, attachment.thread_id ?? null, JSON.stringify(attachment), Date.now(),
  );
}

function storeCutOff(db: SqliteDatabase, { user_id: userId, thread_id: threadId, pending }: RunRow): void {
  db.run("delete from runs where user_id = ?1 and thread_id = ?2", userId, threadId);
  // A checkpoint may be older than the finished item: one that is there stays as it is.
  for (const item of cutOffItems(threadId, JSON.parse(pending) as ThreadItem[])) appendItem(db, userId, threadId, item, "keep");
}
