import { ChatKitError } from "../../errors.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { AlreadyOpen } from "../already-open.ts";
import { cutOffItems } from "../cut-off.ts";
import { bindAttachment } from "./attachments.ts";
import type { SqliteDatabase } from "./database.ts";
import type { LeaseClock } from "./lease-clock.ts";
import { appendItem, insertThread, loadThread, lost, parseRow, type DataRow } from "./rows.ts";
import type { IsDead, Run, RunInput, RunOpening } from "../store.ts";
import { requireActive } from "../thread-change.ts";

type RunRow = {
  user_id: string;
  thread_id: string;
  id: string;
  pending: string;
  message_id: string | null;
  input: string | null;
  state: string | null;
  start_position: number | null;
};
type HolderRow = RunRow & { left_ms: number };
type RunKey = Pick<RunRow, "user_id" | "thread_id" | "id">;

/** Runs closed in one transaction: others wait for it, and each may have left a megabyte. */
const RECOVERY_BATCH = 20;

/** Leases need not survive a power failure of the machine: all their owners are gone then. */
const BOOKKEEPING = { durable: false };
/** How much the times that two processes read from the same clock may differ. */
const CLOCK_SLACK_MS = 1000;
/** The present time on the clock of a row's lease. Null when the machine was started anew since: the owner is gone then. */
const PRESENT = "case when boot_id is null then ?1 when boot_id = ?2 then ?3 end";
/** The newest visible item. */
const NEWEST = "select position, data from items where user_id = ?1 and thread_id = ?2 and hidden = 0 order by position desc limit 1";
const LEFT = `coalesce(expires_at - ${PRESENT}, 0)`;

/** The runs of one database file. Their leases are measured with a clock that all processes of the machine share. */
export class SqliteRuns {
  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: LeaseClock,
  ) {}

  /** @throws NotFoundError, or ChatKitError thread_locked, thread_closed, thread_busy; AlreadyOpen */
  open(userId: string, opening: RunOpening, isDead: IsDead): Promise<ThreadMetadata> {
    const { run, create, message, attachments = [], fingerprint = null, input } = opening;
    const { db } = this;
    return db.write(() => {
      if (fingerprint !== null) refuseSame(db, userId, run, fingerprint);
      const thread = create ?? loadThread(db, userId, run.threadId);
      requireActive(thread);
      // Also for a new thread, since a subclass may generate the id of an existing one.
      this.#takeOver(userId, run, isDead);
      if (create) insertThread(db, userId, create);
      db.run(
        `insert into runs (
          user_id, thread_id, id, expires_at, boot_id, lease_ms, pending, fingerprint, message_id, input, start_position
        )
        select ?1, ?2, ?3, ?4, ?5, ?6, '[]', ?7, ?8, ?9, next_position
        from threads
        where user_id = ?1
          and id = ?2
          and position > 0
        on conflict (user_id, thread_id) do update
        set expires_at = excluded.expires_at,
          input = excluded.input`,
        userId, run.threadId, run.id, this.clock.now() + run.leaseMs, this.clock.bootId, run.leaseMs,
        fingerprint, message?.id ?? null, input ? JSON.stringify(input) : null,
      );
      for (const attachment of attachments) bindAttachment(db, userId, attachment);
      if (message) appendItem(db, userId, run.threadId, message);
      return thread;
    });
  }

  /** @throws LostRun, or NotFoundError when the thread is gone */
  async recordInput(userId: string, run: Run, input: RunInput): Promise<void> {
    const record = () =>
      this.db.run("update runs set input = ?4 where user_id = ?1 and thread_id = ?2 and id = ?3", userId, run.threadId, run.id, JSON.stringify(input));
    if (!(await this.db.write(record, BOOKKEEPING))) throw lost(this.db, userId, run.threadId);
  }

  /** Renews the lease and stores the unfinished items. @throws LostRun, or NotFoundError when the thread is gone */
  async checkpoint(userId: string, run: Run, pending: ThreadItem[] | null): Promise<void> {
    const { db, clock } = this;
    const expiresAt = clock.now() + run.leaseMs;
    const held = await db.write(
      () =>
        db.run(
          `update runs
          set expires_at = ?4,
            pending = coalesce(?5, pending),
            start_position = (select next_position from threads where user_id = ?1 and id = ?2)
          where user_id = ?1
            and thread_id = ?2
            and id = ?3`,
          userId, run.threadId, run.id, expiresAt, pending && JSON.stringify(pending),
        ),
      BOOKKEEPING,
    );
    if (!held) throw lost(db, userId, run.threadId);
  }

  async close(userId: string, run: Run): Promise<boolean> {
    const remove = () => this.db.run("delete from runs where user_id = ?1 and thread_id = ?2 and id = ?3", userId, run.threadId, run.id);
    return (await this.db.write(remove, BOOKKEEPING)) > 0;
  }

  cutOff(userId: string, run: Run, pending: ThreadItem[]): Promise<boolean> {
    return this.db.write(() => {
      const row = this.#holder(userId, run.threadId);
      if (row?.id !== run.id) return false;
      this.#storeCutOff({ ...row, pending: JSON.stringify(pending) });
      return true;
    });
  }

  leaseLeft(userId: string, { id, threadId }: Pick<Run, "id" | "threadId">): number | null {
    const row = this.#holder(userId, threadId);
    return row?.id === id ? Math.max(0, row.left_ms) : null;
  }

  /** Reads across users, since a dead process cannot say whose runs it had. Each write is again for one user. */
  async recover(isDead: IsDead): Promise<number> {
    await this.#clamp();
    // First without the write lock, since this runs every few seconds and mostly finds nothing; and without what they left, which may be much.
    const sql = `select user_id, thread_id, id from runs where ${LEFT} <= 0`;
    if (!this.db.get(sql, ...this.#present())) return 0;
    // With the lock, since an owner that cannot have it could not renew its lease.
    const dead = await this.db.write(() => this.db.all<RunKey>(sql, ...this.#present()).filter(({ id }) => isDead(id)));
    let closed = 0;
    while (dead.length > 0) closed += await this.#closeDead(dead.splice(0, RECOVERY_BATCH));
    return closed;
  }

  #closeDead(dead: RunKey[]): Promise<number> {
    return this.db.write(() => {
      const left = dead.flatMap(({ user_id, thread_id, id }) => {
        const holder = this.#holder(user_id, thread_id);
        if (holder?.id !== id || holder.left_ms > 0) return [];
        this.#storeCutOff(holder);
        return [id];
      });
      return left.length;
    });
  }

  /** Shortens leases that seem longer than they were when given: the clock was set back, and their owners may be dead all the same. */
  async #clamp(): Promise<void> {
    const isTooLong = `${LEFT} > lease_ms + ${CLOCK_SLACK_MS}`;
    if (!this.db.get(`select 1 from runs where ${isTooLong}`, ...this.#present())) return;
    await this.db.write(() => this.db.run(`update runs set expires_at = ${PRESENT} + lease_ms where ${isTooLong}`, ...this.#present()));
  }

  #present(): [wallClock: number, bootId: string | null, now: number] {
    return [Date.now(), this.clock.bootId, this.clock.now()];
  }

  #holder(userId: string, threadId: string): HolderRow | null {
    const sql = `select *, ${LEFT} as left_ms from runs where user_id = ?4 and thread_id = ?5`;
    return this.db.get<HolderRow>(sql, ...this.#present(), userId, threadId);
  }

  #takeOver(userId: string, run: Run, isDead: IsDead): void {
    const holder = this.#holder(userId, run.threadId);
    if (!holder || holder.id === run.id) return;
    if (holder.left_ms > 0 || !isDead(holder.id)) throw new ChatKitError("thread_busy");
    this.#storeCutOff(holder);
  }

  /** Frees the thread and stores what its run left. */
  #storeCutOff({ user_id: userId, thread_id: threadId, pending: begun, input, state, start_position }: RunRow): void {
    const { db } = this;
    db.run("delete from runs where user_id = ?1 and thread_id = ?2", userId, threadId);
    const pending = JSON.parse(begun) as ThreadItem[];
    const isStored = "select 1 from items where user_id = ?1 and thread_id = ?2 and id = ?3";
    const stored = new Set(pending.map(({ id }) => id).filter((id) => db.get(isStored, userId, threadId, id)));
    const newest = db.get<DataRow & { position: number }>(NEWEST, userId, threadId);
    const last = newest && newest.position >= (start_position ?? 0) ? parseRow<ThreadItem>(newest) : undefined;
    const left = { pending, stored, last, input: input === null ? undefined : (JSON.parse(input) as RunInput) };
    for (const item of cutOffItems(threadId, left)) appendItem(db, userId, threadId, item);
    // Ignored if there is a state: it was saved later.
    if (state !== null) db.run("insert or ignore into run_states (user_id, thread_id, state) values (?1, ?2, ?3)", userId, threadId, state);
  }
}

/** Removes deleted items from the checkpoint of the thread's run, which could bring them back. Only inside a write. */
export function forgetPending(db: SqliteDatabase, userId: string, threadId: string, itemIds: ReadonlySet<string>): void {
  const row = db.get<Pick<RunRow, "pending">>("select pending from runs where user_id = ?1 and thread_id = ?2", userId, threadId);
  if (!row || row.pending === "[]") return;
  const pending = (JSON.parse(row.pending) as ThreadItem[]).filter(({ id }) => !itemIds.has(id));
  db.run("update runs set pending = ?3 where user_id = ?1 and thread_id = ?2", userId, threadId, JSON.stringify(pending));
}

function refuseSame(db: SqliteDatabase, userId: string, run: Run, fingerprint: string): void {
  const same = db.get<RunRow>("select * from runs where user_id = ?1 and fingerprint = ?2 and id <> ?3", userId, fingerprint, run.id);
  if (same) throw new AlreadyOpen({ id: same.id, threadId: same.thread_id }, same.message_id ?? "");
}
