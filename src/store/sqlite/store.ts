/**
 * The store in one SQLite file. Statements about threads and items are here and in `rows.ts`, runs and their leases in `runs.ts` and
 * `lease-clock.ts`, the connection in `database.ts`. A write never waits for another process inside SQLite, since that would stop the event
 * loop: `commit-queue.ts` tries again later.
 */
import { NotFoundError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../../protocol/items.ts";
import { parseStored } from "../../protocol/json/steps.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import { BaseStore, requireUserMessage } from "../base-store.ts";
import { migrate, ownVersions, type MigrateOptions, type SchemaVersion } from "../migrate.ts";
import { Deletions } from "../deletions.ts";
import * as attachments from "./attachments.ts";
import { SqliteDatabase } from "./database.ts";
import { abandonedDeletions, deleteBatch, IdStillTaken, markDeleted } from "./deletion.ts";
import { leaseClock, type LeaseClock } from "./lease-clock.ts";
import { SQLITE_MIGRATIONS, SqliteMigrationDriver } from "./migrations.ts";
import * as moving from "./moving.ts";
import * as retention from "./retention.ts";
import { appendItem, insertThread, IS_THERE, itemsSql, loadItem, loadThread, parseRow, pastCursor } from "./rows.ts";
import { readPage, requireRun, updateThread, type DataRow } from "./rows.ts";
import { forgetPending, SqliteRuns } from "./runs.ts";
import * as sessions from "./sessions.ts";
import { newSigningKey } from "../ids.ts";
import { runOn } from "../store.ts";
import type { FeedbackKind, IsDead, Order, Run, RunInput, RunOpening, SigningKey, ThreadUpdate, UserScope } from "../store.ts";
import { changeThread, storable } from "../thread-change.ts";
import type { Accounting, DeletedAttachment, Migratable, Movable, MovedThread, MovedThreads, MovingThread, OwnedAttachment, Retention, Usage, WhichThreads } from "../upkeep.ts";
import { usage } from "./usage.ts";
import { whileHeld } from "./while-held.ts";

const UNUSED_AT_A_TIME = 100;
const USER_AT_A_TIME = 25;
const DELETE_ITEM = "delete from items where user_id = ?1 and thread_id = ?2 and id = ?3";

/**
 * One file, which several processes of one machine may share. Call `migrate()` before first use. Every write is one transaction, and
 * on disk when its promise resolves.
 */
export class SqliteStore<C extends UserScope = UserScope> extends BaseStore<C> implements Migratable, Retention, Accounting, Movable {
  readonly #db: SqliteDatabase;
  readonly #runs: SqliteRuns;
  readonly #deletions = new Deletions((thread) => deleteBatch(this.#db, thread));

  /**
   * @param path a file, or ":memory:". A missing file is created so that only this user can read it
   * @param warn called when other users can write the file, or a new one cannot be protected from them
   * @param clock measures leases. @default the machine's uptime
   * @throws ChatKitError store_unavailable
   */
  constructor(path: string, warn?: (message: string) => void, clock: LeaseClock = leaseClock()) {
    super();
    this.#db = new SqliteDatabase(path, warn);
    this.#runs = new SqliteRuns(this.#db, clock);
  }

  migrate(options?: MigrateOptions): Promise<SchemaVersion[]> {
    return whileHeld(() => migrate(new SqliteMigrationDriver(this.#db), SQLITE_MIGRATIONS, options));
  }

  schemaVersions(): Promise<SchemaVersion[]> {
    return ownVersions(new SqliteMigrationDriver(this.#db), SQLITE_MIGRATIONS);
  }

  async loadThread(threadId: string, { userId }: C): Promise<ThreadMetadata> {
    return loadThread(this.#db, userId, threadId);
  }

  async saveThread(thread: ThreadMetadata, context: C): Promise<void> {
    const { userId } = context;
    const insert = () => insertThread(this.#db, userId, storable(thread));
    await this.#making(() => this.#write(thread.id, context, insert));
  }

  override updateThread(threadId: string, update: ThreadUpdate, context: C): Promise<ThreadMetadata> {
    return this.#write(threadId, context, () => {
      const thread = changeThread(loadThread(this.#db, context.userId, threadId), update);
      updateThread(this.#db, context.userId, thread);
      return thread;
    });
  }

  async loadThreads(limit: number, after: string | null, order: Order, { userId }: C): Promise<Page<ThreadMetadata>> {
    return readPage(
      this.#db,
      limit,
      `select data
      from threads
      where user_id = ?1
        and position > 0
        and ${pastCursor(order, after, "select position from threads where user_id = ?1 and id = ?2 and position > 0")}
      order by position ${order}
      limit ?3`,
      userId, after, limit + 1,
    );
  }

  async deleteThread(threadId: string, context: C): Promise<void> {
    const thread = { userId: context.userId, threadId };
    await this.#write(threadId, context, () => markDeleted(this.#db, thread));
    // Not waited for. If it fails, `finishDeletions` will continue it.
    this.#deletions.finish([thread]).catch(() => {});
  }

  async loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, { userId }: C): Promise<Page<ThreadItem>> {
    return readPage(this.#db, limit, itemsSql(order, after, "all"), userId, threadId, after, limit + 1);
  }

  override async loadVisibleItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>> {
    return this.#db.snapshot(() => {
      this.#requireThread(threadId, context);
      return readPage(this.#db, limit, itemsSql(order, after, "visible"), context.userId, threadId, after, limit + 1);
    });
  }

  override async loadThreadWithItems(threadId: string, limit: number, context: C): Promise<{ thread: ThreadMetadata; items: Page<ThreadItem> }> {
    const { thread, items } = this.#db.snapshot(() => {
      const thread = loadThread(this.#db, context.userId, threadId);
      return { thread, items: readPage<ThreadItem>(this.#db, limit, itemsSql("asc", null, "visible"), context.userId, threadId, null, limit + 1) };
    });
    return { thread, items: await items };
  }

  async addThreadItem(threadId: string, item: ThreadItem, context: C): Promise<void> {
    await this.#write(threadId, context, () => appendItem(this.#db, context.userId, threadId, item));
  }

  override updateItem(threadId: string, itemId: string, change: (stored: ThreadItem) => ThreadItem, context: C): Promise<ThreadItem> {
    return this.#write(threadId, context, () => {
      const stored = JSON.parse(loadItem(this.#db, context.userId, threadId, itemId)) as ThreadItem;
      const item = change(stored);
      if (item !== stored) appendItem(this.#db, context.userId, threadId, item);
      return item;
    });
  }

  async loadItem(threadId: string, itemId: string, { userId }: C): Promise<ThreadItem> {
    return parseStored(loadItem(this.#db, userId, threadId, itemId));
  }

  async deleteThreadItem(threadId: string, itemId: string, context: C): Promise<void> {
    await this.#write(threadId, context, () => {
      this.#db.run(DELETE_ITEM, context.userId, threadId, itemId);
      forgetPending(this.#db, context.userId, threadId, new Set([itemId]));
    });
  }

  override async completeClientToolCall(threadId: string, output: unknown, context: C): Promise<ClientToolCallItem | null> {
    const completed = await this.#write(threadId, context, () => {
      const rows = this.#db.all<DataRow & { position: number }>(
        `select data, position
        from items
        where user_id = ?1
          and thread_id = ?2
          and pending_call = 1
        order by position desc`,
        context.userId, threadId,
      );
      const [newest, ...others] = rows.map(parseRow<ClientToolCallItem>);
      this.#requireThread(threadId, context);
      if (!newest || this.#hasMessageAfter(threadId, rows[0]!.position, context)) return null;
      for (const { id } of others) this.#db.run(DELETE_ITEM, context.userId, threadId, id);
      appendItem(this.#db, context.userId, threadId, { ...newest, status: "completed", output });
      return newest.id;
    });
    return completed === null ? null : ((await this.loadItem(threadId, completed, context)) as ClientToolCallItem);
  }

  #hasMessageAfter(threadId: string, position: number, { userId }: C): boolean {
    const found = this.#db.get(
      `select 1 from items where user_id = ?1 and thread_id = ?2 and position > ?3 and data ->> '$.type' = 'user_message' limit 1`,
      userId, threadId, position,
    );
    return found !== undefined && found !== null;
  }

  override deleteItemsAfter(threadId: string, itemId: string, context: C): Promise<UserMessageItem> {
    const { userId } = context;
    return this.#write(threadId, context, () => {
      const row = this.#db.get<{ position: number; data: string }>(
        `select position, data from items where user_id = ?1 and thread_id = ?2 and id = ?3 and ${IS_THERE}`,
        userId, threadId, itemId,
      );
      if (!row) throw new NotFoundError("item", itemId);
      const message = requireUserMessage(parseRow(row));
      const sql = "delete from items where user_id = ?1 and thread_id = ?2 and position > ?3 returning id";
      const deleted = this.#db.all<{ id: string }>(sql, userId, threadId, row.position);
      forgetPending(this.#db, userId, threadId, new Set(deleted.map(({ id }) => id)));
      this.#db.run("delete from run_states where user_id = ?1 and thread_id = ?2", userId, threadId);
      return message;
    });
  }

  override async saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void> {
    await this.#write(threadId, context, () => {
      this.#requireThread(threadId, context);
      for (const id of itemIds) {
        this.#db.run(
          `insert into feedback (user_id, thread_id, item_id, kind, saved_at)
          select user_id, thread_id, id, ?4, ?5
          from items
          where user_id = ?1
            and thread_id = ?2
            and id = ?3
          on conflict (user_id, thread_id, item_id) do update
          set kind = excluded.kind,
            saved_at = excluded.saved_at`,
          context.userId, threadId, id, kind, Date.now(),
        );
      }
    });
  }

  override async loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>> {
    this.#requireThread(threadId, context);
    const rows = this.#db.all<{ item_id: string; kind: FeedbackKind }>(
      "select item_id, kind from feedback where user_id = ?1 and thread_id = ?2",
      context.userId, threadId,
    );
    return Object.fromEntries(rows.map(({ item_id, kind }) => [item_id, kind]));
  }

  async saveAttachment(attachment: Attachment, context: C): Promise<void> {
    await this.#write(context.run?.threadId, context, () => attachments.saveAttachment(this.#db, context.userId, attachment));
  }

  async loadAttachment(attachmentId: string, { userId }: C): Promise<Attachment> {
    return attachments.loadAttachment(this.#db, userId, attachmentId);
  }

  override updateAttachment(attachmentId: string, change: (stored: Attachment) => Attachment, { userId }: C): Promise<Attachment> {
    return this.#db.write(() => attachments.updateAttachment(this.#db, userId, attachmentId, change));
  }

  override async attachmentBytes({ userId }: C): Promise<number> {
    return attachments.attachmentBytes(this.#db, userId);
  }

  override async signingKeys(): Promise<SigningKey[]> {
    const keys = attachments.signingKeys(this.#db);
    if (keys.length > 0) return keys;
    await this.#db.write(() => attachments.addFirstSigningKey(this.#db, newSigningKey()));
    return attachments.signingKeys(this.#db);
  }

  override async cancelSession(id: string, expiresAt: Date): Promise<void> {
    await this.#db.write(() => sessions.cancelSession(this.#db, id, expiresAt));
  }

  override async isSessionCancelled(id: string): Promise<boolean> {
    return sessions.isSessionCancelled(this.#db, id);
  }

  async deleteAttachment(attachmentId: string, { userId }: C): Promise<void> {
    await this.#db.write(() => this.#db.run("delete from attachments where user_id = ?1 and id = ?2", userId, attachmentId));
  }

  override openRun(opening: RunOpening, { userId }: C, isDead: IsDead = () => true): Promise<ThreadMetadata> {
    const open = () => this.#runs.open(userId, opening, isDead);
    return opening.create ? this.#making(open) : open();
  }

  override recordInput(run: Run, input: RunInput, { userId }: C): Promise<void> {
    return this.#runs.recordInput(userId, run, input);
  }

  override checkpointRun(run: Run, pending: ThreadItem[] | null, { userId }: C): Promise<void> {
    return this.#runs.checkpoint(userId, run, pending);
  }

  override closeRun(run: Run, { userId }: C): Promise<boolean> {
    return this.#runs.close(userId, run);
  }

  override cutOffRun(run: Run, pending: ThreadItem[], { userId }: C): Promise<boolean> {
    return this.#runs.cutOff(userId, run, pending);
  }

  override async leaseLeft(run: Pick<Run, "id" | "threadId">, { userId }: C): Promise<number | null> {
    return this.#runs.leaseLeft(userId, run);
  }

  override recoverRuns(isDead: IsDead = () => true): Promise<number> {
    return this.#runs.recover(isDead);
  }

  override async saveRunState(threadId: string, state: string, context: C): Promise<void> {
    await this.#write(threadId, context, () => {
      this.#requireThread(threadId, context);
      this.#db.run("insert or replace into run_states (user_id, thread_id, state) values (?1, ?2, ?3)", context.userId, threadId, state);
    });
  }

  override takeRunState(threadId: string, context: C): Promise<string | null> {
    return this.#write(threadId, context, () => {
      const sql = "delete from run_states where user_id = ?1 and thread_id = ?2 returning state";
      const state = this.#db.get<{ state: string }>(sql, context.userId, threadId)?.state ?? null;
      const run = state === null ? undefined : runOn(threadId, context);
      if (run) this.#db.run("update runs set state = ?3 where user_id = ?1 and thread_id = ?2", context.userId, threadId, state);
      return state;
    });
  }

  async deleteUnusedAttachments(cutoff: Date): Promise<void> {
    while ((await retention.markUnusedDeleted(this.#db, cutoff, UNUSED_AT_A_TIME)) === UNUSED_AT_A_TIME);
  }

  async deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number> {
    await this.deleteUnusedAttachments(cutoff);
    const old = await retention.markOldDeleted(this.#db, cutoff, limit);
    await this.#deletions.finish(old);
    return old.length;
  }

  finishDeletions(): Promise<void> {
    return this.#deletions.finish(abandonedDeletions(this.#db));
  }

  async deletedAttachments(limit: number): Promise<DeletedAttachment[]> {
    return retention.deletedAttachments(this.#db, limit);
  }

  async forgetAttachments(forgotten: DeletedAttachment[]): Promise<void> {
    await retention.forgetAttachments(this.#db, forgotten);
  }

  async knownAttachments(ids: string[]): Promise<string[]> {
    return attachments.knownAttachments(this.#db, ids);
  }

  async attachmentsAfter(after: string, limit: number): Promise<OwnedAttachment[]> {
    return attachments.attachmentsAfter(this.#db, after, limit);
  }

  async threadsAfter(after: MovedThread | null, limit: number, which: WhichThreads): Promise<MovedThreads> {
    return moving.threadsAfter(this.#db, after, limit, which);
  }

  async itemsAfter(userId: string, threadId: string, after: number, limit: number): Promise<{ json: string; position: number }[]> {
    return moving.itemsAfter(this.#db, userId, threadId, after, limit);
  }

  moveIn(threads: readonly MovingThread[]): Promise<void> {
    return this.#making(() => this.#db.write(() => threads.forEach((one) => moving.moveIn(this.#db, one))));
  }

  async deleteUser(userId: string): Promise<number> {
    for (let deleted = 0; ; ) {
      const threads = await this.#db.write(() => moving.markUserDeleted(this.#db, userId, USER_AT_A_TIME));
      if (threads.length === 0) return deleted;
      deleted += threads.length;
      await this.#deletions.finish(threads);
    }
  }

  usage(userId: string, enough: number | undefined): Promise<Usage> {
    return usage(this.#db, userId, enough);
  }

  override async ping(): Promise<void> {
    this.#db.requireWritable();
    this.#db.get("select 1 from threads limit 1");
  }

  override async close(): Promise<void> {
    await this.#deletions.close();
    await this.#db.close();
  }

  /** Writes to a thread in one transaction, if the context's run may. */
  #write<T>(threadId: string | undefined, context: C, work: () => T): Promise<T> {
    return this.#db.write(() => {
      if (threadId !== undefined) requireRun(this.#db, threadId, context);
      return work();
    });
  }

  /** Makes threads. If the rows of a deleted thread with the id of one still exist, deletes them first. */
  async #making<T>(make: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await make();
      } catch (error) {
        if (!(error instanceof IdStillTaken)) throw error;
        while (await deleteBatch(this.#db, error.thread));
      }
    }
  }

  #requireThread(threadId: string, { userId }: C): void {
    const found = this.#db.get("select 1 from threads where user_id = ?1 and id = ?2 and position > 0", userId, threadId);
    if (!found) throw new NotFoundError("thread", threadId);
  }
}
