/**
 * The store in a PostgreSQL database. Statements about threads and items are here, in `pages.ts`, `changes.ts` and `turns.ts`; runs and
 * their leases in `runs.ts`, connections in `pool.ts`. A write is never more than one statement, so that nothing is half done and no
 * transaction waits for the network.
 */
import { NotFoundError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../../protocol/items.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import { BaseStore } from "../base-store.ts";
import { migrate, ownVersions, type MigrateOptions, type SchemaVersion } from "../migrate.ts";
import { Deletions } from "../deletions.ts";
import { newSigningKey } from "../ids.ts";
import * as attachments from "./attachments.ts";
import * as changes from "./changes.ts";
import { abandonedDeletions, deleteBatch, markDeleted } from "./deletion.ts";
import type { PostgresOptions } from "./lane.ts";
import { POSTGRES_MIGRATIONS, PostgresMigrationDriver } from "./migrations.ts";
import * as moving from "./moving.ts";
import * as pages from "./pages.ts";
import { PostgresPool } from "./pool.ts";
import * as retention from "./retention.ts";
import { appending, held, isThere, json, lost, nextPosition, touched, type DataRow } from "./rows.ts";
import * as runs from "./runs.ts";
import * as sessions from "./sessions.ts";
import * as turns from "./turns.ts";
import { runOn } from "../store.ts";
import type { FeedbackKind, IsDead, Order, Run, RunInput, RunOpening, SigningKey, ThreadUpdate, UserScope } from "../store.ts";
import { storable } from "../thread-change.ts";
import type { Accounting, DeletedAttachment, Migratable, Movable, MovedThread, MovedThreads, MovingThread, OwnedAttachment, Retention, Usage, WhichThreads } from "../upkeep.ts";
import { usage } from "./usage.ts";

export type { PostgresOptions } from "./lane.ts";

const UNUSED_AT_A_TIME = 100;
const USER_AT_A_TIME = 25;

/**
 * One database, which any number of processes may share. Call `migrate()` before first use.
 */
export class PostgresStore<C extends UserScope = UserScope> extends BaseStore<C> implements Migratable, Retention, Accounting, Movable {
  readonly #options: PostgresOptions;
  readonly #pool: PostgresPool;
  readonly #deletions = new Deletions((thread) => deleteBatch(this.#pool, thread));

  /** Connects on first use. @throws ChatKitError config_invalid */
  constructor(options: PostgresOptions) {
    super();
    this.#options = options;
    this.#pool = new PostgresPool(options);
  }

  migrate(options?: MigrateOptions): Promise<SchemaVersion[]> {
    return migrate(new PostgresMigrationDriver(this.#options), POSTGRES_MIGRATIONS, options);
  }

  schemaVersions(): Promise<SchemaVersion[]> {
    return ownVersions(new PostgresMigrationDriver(this.#options), POSTGRES_MIGRATIONS);
  }

  async loadThread(threadId: string, { userId }: C): Promise<ThreadMetadata> {
    const [row] = await this.#pool.query((sql) => sql<DataRow<ThreadMetadata>[]>`
      select data
      from chatkit_threads
      where user_id = ${userId}
        and id = ${threadId}`);
    if (!row) throw new NotFoundError("thread", threadId);
    return row.data;
  }

  async saveThread(thread: ThreadMetadata, context: C): Promise<void> {
    const { userId } = context;
    const save = () => this.#pool.query((sql) => sql`
      with held as (${held(sql, thread.id, context)})
      insert into chatkit_threads (user_id, id, data)
      select ${userId}, ${thread.id}, ${json(sql, storable(thread))}
      from held
      on conflict (user_id, id) do update
      set data = excluded.data,
        ${touched(sql)}
      where not chatkit_threads.deleted`);
    while ((await save()).count === 0) {
      if (runOn(thread.id, context)) throw await lost(this.#pool, userId, thread.id);
      // Rows of a deleted thread with this id still exist: delete them and try again.
      while (await deleteBatch(this.#pool, { userId, threadId: thread.id }));
    }
  }

  override updateThread(threadId: string, update: ThreadUpdate, context: C): Promise<ThreadMetadata> {
    return changes.updateThread(this.#pool, threadId, update, context);
  }

  loadThreads(limit: number, after: string | null, order: Order, { userId }: C): Promise<Page<ThreadMetadata>> {
    return pages.readThreads(this.#pool, userId, [after, limit, order]);
  }

  async deleteThread(threadId: string, context: C): Promise<void> {
    const thread = { userId: context.userId, threadId };
    await markDeleted(this.#pool, thread, context);
    // Not waited for. If it fails, `finishDeletions` will continue it.
    this.#deletions.finish([thread]).catch(() => {});
  }

  loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, { userId }: C): Promise<Page<ThreadItem>> {
    return pages.readItems(this.#pool, [userId, threadId], [after, limit, order]);
  }

  override async loadVisibleItems(threadId: string, after: string | null, limit: number, order: Order, { userId }: C) {
    return (await pages.readThreadWithItems(this.#pool, [userId, threadId], [after, limit, order])).items;
  }

  override loadThreadWithItems(threadId: string, limit: number, { userId }: C): Promise<{ thread: ThreadMetadata; items: Page<ThreadItem> }> {
    return pages.openThread(this.#pool, [userId, threadId], limit);
  }

  async addThreadItem(threadId: string, item: ThreadItem, context: C): Promise<void> {
    const { userId } = context;
    const [row] = await this.#pool.query((sql) => sql<{ held: boolean; stored: boolean }[]>`
      with held as (${held(sql, threadId, context)}),
      thread as (${nextPosition(sql, userId, threadId)}),
      item as (${appending(sql, userId, threadId, item)}),
      named as (${attachments.naming(sql, userId, threadId, item)})
      select
        exists (select from held) as held,
        exists (select from thread) as stored`);
    if (!row?.held) throw await lost(this.#pool, userId, threadId);
    if (!row.stored) throw new NotFoundError("thread", threadId);
  }

  override updateItem(threadId: string, itemId: string, change: (stored: ThreadItem) => ThreadItem, context: C): Promise<ThreadItem> {
    return changes.updateItem(this.#pool, [threadId, itemId], change, context);
  }

  async loadItem(threadId: string, itemId: string, { userId }: C): Promise<ThreadItem> {
    const [row] = await this.#pool.query((sql) => sql<DataRow<ThreadItem>[]>`
      select data
      from chatkit_items
      where user_id = ${userId}
        and thread_id = ${threadId}
        and id = ${itemId}
        ${isThere(sql, userId, threadId)}`);
    if (!row) throw new NotFoundError("item", itemId);
    return row.data;
  }

  deleteThreadItem(threadId: string, itemId: string, context: C): Promise<void> {
    return turns.deleteThreadItem(this.#pool, threadId, itemId, context);
  }

  override completeClientToolCall(threadId: string, output: unknown, context: C): Promise<ClientToolCallItem | null> {
    return turns.completeClientToolCall(this.#pool, threadId, output, context);
  }

  override deleteItemsAfter(threadId: string, itemId: string, context: C): Promise<UserMessageItem> {
    return turns.deleteItemsAfter(this.#pool, threadId, itemId, context);
  }

  override async saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void> {
    const { userId } = context;
    const [row] = await this.#pool.query((sql) => sql<{ held: boolean; found: boolean }[]>`
      with held as (${held(sql, threadId, context)}),
      feedback as (
        insert into chatkit_feedback (user_id, thread_id, item_id, kind)
        select user_id, thread_id, id, ${kind}
        from (select distinct jsonb_array_elements_text(${json(sql, itemIds)}) as wanted) as wanted
        cross join lateral (
          select user_id, thread_id, id
          from chatkit_items
          where user_id = ${userId}
            and thread_id = ${threadId}
            and id = wanted
          -- makes it one look-up for each id: for a plain join the planner may read the whole thread
          limit 1
        ) as item
        where exists (select from held)
        on conflict (user_id, thread_id, item_id) do update
        set kind = excluded.kind,
          saved_at = excluded.saved_at
      )
      select
        exists (select from held) as held,
        exists (select from chatkit_threads where user_id = ${userId} and id = ${threadId}) as found`);
    if (!row?.held) throw await lost(this.#pool, userId, threadId);
    if (!row.found) throw new NotFoundError("thread", threadId);
  }

  override async loadFeedback(threadId: string, { userId }: C): Promise<Record<string, FeedbackKind>> {
    const rows = await this.#pool.query((sql) => sql<{ item_id: string | null; kind: FeedbackKind }[]>`
      select item_id, kind
      from chatkit_threads
      left join chatkit_feedback on chatkit_feedback.user_id = chatkit_threads.user_id
        and thread_id = chatkit_threads.id
      where chatkit_threads.user_id = ${userId}
        and id = ${threadId}`);
    if (rows.length === 0) throw new NotFoundError("thread", threadId);
    return Object.fromEntries(rows.flatMap(({ item_id, kind }) => (item_id === null ? [] : [[item_id, kind]])));
  }

  saveAttachment(attachment: Attachment, context: C): Promise<void> {
    return attachments.saveAttachment(this.#pool, attachment, context);
  }

  loadAttachment(attachmentId: string, { userId }: C): Promise<Attachment> {
    return attachments.loadAttachment(this.#pool, userId, attachmentId);
  }

  override updateAttachment(attachmentId: string, change: (stored: Attachment) => Attachment, { userId }: C): Promise<Attachment> {
    return attachments.updateAttachment(this.#pool, userId, attachmentId, change);
  }

  async deleteAttachment(attachmentId: string, { userId }: C): Promise<void> {
    await this.#pool.query((sql) => sql`
      delete from chatkit_attachments
      where user_id = ${userId}
        and id = ${attachmentId}`);
  }

  override attachmentBytes({ userId }: C): Promise<number> {
    return attachments.attachmentBytes(this.#pool, userId);
  }

  override signingKeys(): Promise<SigningKey[]> {
    return attachments.signingKeys(this.#pool, newSigningKey());
  }

  override cancelSession(id: string, expiresAt: Date): Promise<void> {
    return sessions.cancelSession(this.#pool, id, expiresAt);
  }

  override isSessionCancelled(id: string): Promise<boolean> {
    return sessions.isSessionCancelled(this.#pool, id);
  }

  override openRun(opening: RunOpening, { userId }: C, isDead: IsDead = () => true): Promise<ThreadMetadata> {
    return runs.openRun(this.#pool, userId, opening, isDead);
  }

  override recordInput(run: Run, input: RunInput, { userId }: C): Promise<void> {
    return runs.recordInput(this.#pool, userId, run, input);
  }

  override checkpointRun(run: Run, pending: ThreadItem[] | null, { userId }: C): Promise<void> {
    return runs.checkpointRun(this.#pool, userId, run, pending);
  }

  override closeRun(run: Run, { userId }: C): Promise<boolean> {
    return runs.closeRun(this.#pool, userId, run);
  }

  override cutOffRun(run: Run, pending: ThreadItem[], { userId }: C): Promise<boolean> {
    return runs.cutOffRun(this.#pool, userId, run, pending);
  }

  override leaseLeft(run: Pick<Run, "id" | "threadId">, { userId }: C): Promise<number | null> {
    return runs.leaseLeft(this.#pool, userId, run);
  }

  override recoverRuns(isDead: IsDead = () => true): Promise<number> {
    return runs.recoverRuns(this.#pool, isDead);
  }

  override saveRunState(threadId: string, state: string, context: C): Promise<void> {
    return turns.saveRunState(this.#pool, threadId, state, context);
  }

  override takeRunState(threadId: string, context: C): Promise<string | null> {
    return turns.takeRunState(this.#pool, threadId, context);
  }

  async deleteUnusedAttachments(cutoff: Date): Promise<void> {
    while ((await retention.markUnusedDeleted(this.#pool, cutoff, UNUSED_AT_A_TIME)) === UNUSED_AT_A_TIME);
  }

  async deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number> {
    await this.deleteUnusedAttachments(cutoff);
    const old = await retention.markOldDeleted(this.#pool, cutoff, limit);
    await this.#deletions.finish(old);
    return old.length;
  }

  async finishDeletions(): Promise<void> {
    await this.#deletions.finish(await abandonedDeletions(this.#pool));
  }

  deletedAttachments(limit: number): Promise<DeletedAttachment[]> {
    return retention.deletedAttachments(this.#pool, limit);
  }

  forgetAttachments(forgotten: DeletedAttachment[]): Promise<void> {
    return retention.forgetAttachments(this.#pool, forgotten);
  }

  knownAttachments(ids: string[]): Promise<string[]> {
    return attachments.knownAttachments(this.#pool, ids);
  }

  attachmentsAfter(after: string, limit: number): Promise<OwnedAttachment[]> {
    return attachments.attachmentsAfter(this.#pool, after, limit);
  }

  threadsAfter(after: MovedThread | null, limit: number, which: WhichThreads): Promise<MovedThreads> {
    return moving.threadsAfter(this.#pool, after, limit, which);
  }

  itemsAfter(userId: string, threadId: string, after: number, limit: number): Promise<{ json: string; position: number }[]> {
    return moving.itemsAfter(this.#pool, userId, threadId, after, limit);
  }

  moveIn(threads: readonly MovingThread[]): Promise<void> {
    return moving.moveIn(this.#pool, threads);
  }

  async deleteUser(userId: string): Promise<number> {
    for (let deleted = 0; ; ) {
      const threads = await moving.markUserDeleted(this.#pool, userId, USER_AT_A_TIME);
      if (threads.length === 0) return deleted;
      deleted += threads.length;
      await this.#deletions.finish(threads);
    }
  }

  usage(userId: string, enough: number | undefined): Promise<Usage> {
    return usage(this.#pool, userId, enough);
  }

  override async ping(): Promise<void> {
    this.#pool.requireWritable();
    const [row] = await this.#pool.query((sql) => sql<{ writable: boolean }[]>`
      select current_setting('transaction_read_only') = 'off' as writable,
        exists (select from chatkit_threads)`);
    if (!row?.writable) throw this.#pool.readOnly();
  }

  override async close(): Promise<void> {
    await this.#deletions.close();
    await this.#pool.close();
  }
}
