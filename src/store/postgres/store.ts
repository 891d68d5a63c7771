/**
 * The store in a PostgreSQL database. Statements about threads and items are here, in `rows.ts` and in `turns.ts`, leases of runs in
 * `runs.ts`, connections in `pool.ts`. A write is never more than one statement, so that nothing is half done and no transaction waits for
 * the network.
 */
import { NotFoundError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../../protocol/items.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import { BaseStore } from "../base-store.ts";
import { migrate, schemaVersions, type MigrateOptions, type SchemaVersion } from "../migrate.ts";
import { Deletions } from "../deletions.ts";
import { abandonedDeletions, deleteBatch, markDeleted } from "./deletion.ts";
import type { PostgresOptions } from "./lane.ts";
import { POSTGRES_MIGRATIONS, PostgresMigrationDriver } from "./migrations.ts";
import * as pages from "./pages.ts";
import { PostgresPool } from "./pool.ts";
import * as retention from "./retention.ts";
import { isThere, itemColumns, json, lease, touched, type DataRow } from "./rows.ts";
import * as runs from "./runs.ts";
import * as turns from "./turns.ts";
import { lostLease } from "../process-runs.ts";
import type { FeedbackKind, Order, Run, RunOpening, ThreadChange, UserScope } from "../store.ts";
import { clearedFields, storable } from "../thread-change.ts";
import { StoreUnavailable } from "../unavailable.ts";
import type { Accounting, DeletedAttachment, Migratable, Retention, Usage } from "../upkeep.ts";
import { usage } from "./usage.ts";

export type { PostgresOptions } from "./lane.ts";

const ABANDONED_AT_A_TIME = 100;

/**
 * For any number of processes. Every method is one statement, so that nothing is ever half done and no transaction waits for the
 * network. Call `migrate()` before first use.
 */
export class PostgresStore<C extends UserScope = UserScope> extends BaseStore<C> implements Migratable, Retention, Accounting {
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
    return schemaVersions(new PostgresMigrationDriver(this.#options), POSTGRES_MIGRATIONS);
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

  async saveThread(thread: ThreadMetadata, { userId }: C): Promise<void> {
    const save = () => this.#pool.query((sql) => sql`
      insert into chatkit_threads (user_id, id, data)
      values (${userId}, ${thread.id}, ${json(sql, storable(thread))})
      on conflict (user_id, id) do update
      set data = excluded.data,
        ${touched(sql)}
      where not chatkit_threads.deleted`);
    // What is left of a deleted one with that id goes first.
    while ((await save()).count === 0) while (await deleteBatch(this.#pool, { userId, threadId: thread.id }));
  }

  override async updateThread(threadId: string, change: ThreadChange, { userId }: C): Promise<ThreadMetadata> {
    const [row] = await this.#pool.query((sql) => sql<DataRow<ThreadMetadata>[]>`
      update chatkit_threads
      set data = (data || ${json(sql, storable(change))}) - array(select jsonb_array_elements_text(${json(sql, clearedFields(change))})),
        ${touched(sql)}
      where user_id = ${userId}
        and id = ${threadId}
      returning data`);
    if (!row) throw new NotFoundError("thread", threadId);
    return row.data;
  }

  loadThreads(limit: number, after: string | null, order: Order, { userId }: C): Promise<Page<ThreadMetadata>> {
    return pages.readThreads(this.#pool, userId, [after, limit, order]);
  }

  async deleteThread(threadId: string, { userId }: C): Promise<void> {
    const thread = { userId, threadId };
    await markDeleted(this.#pool, thread);
    // What fails there is found again by `finishDeletions`.
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

  async addThreadItem(threadId: string, item: ThreadItem, { userId }: C, run?: Run): Promise<void> {
    const [row] = await this.#pool.query((sql) => sql<{ held: boolean; stored: boolean }[]>`
      with lease as (${lease(sql, userId, run)}),
      thread as (
        update chatkit_threads
        set next_position = next_position + 1,
          ${touched(sql)}
        where user_id = ${userId}
          and id = ${threadId}
          and exists (select from lease)
        returning next_position - 1 as position
      ),
      item as (
        insert into chatkit_items (user_id, thread_id, position, id, hidden, pending_call, data)
        select ${userId}, ${threadId}, position, ${itemColumns(sql, item)}
        from thread
        on conflict (user_id, thread_id, id) do update
        set hidden = excluded.hidden,
          pending_call = excluded.pending_call,
          data = excluded.data
      )
      select
        exists (select from lease) as held,
        exists (select from thread) as stored`);
    if (!row?.held) throw lostLease();
    if (!row.stored) throw new NotFoundError("thread", threadId);
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

  async deleteThreadItem(threadId: string, itemId: string, { userId }: C, run?: Run): Promise<void> {
    const [row] = await this.#pool.query((sql) => sql<{ held: boolean }[]>`
      with lease as (${lease(sql, userId, run)}),
      item as (
        delete from chatkit_items
        where user_id = ${userId}
          and thread_id = ${threadId}
          and id = ${itemId}
          and exists (select from lease)
      )
      select exists (select from lease) as held`);
    if (!row?.held) throw lostLease();
  }

  override completeClientToolCall(threadId: string, output: unknown, { userId }: C, run?: Run): Promise<ClientToolCallItem | null> {
    return turns.completeClientToolCall(this.#pool, [userId, threadId], output, run);
  }

  override deleteItemsAfter(threadId: string, itemId: string, { userId }: C, run?: Run): Promise<UserMessageItem> {
    return turns.deleteItemsAfter(this.#pool, [userId, threadId], itemId, run);
  }

  override async saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, { userId }: C): Promise<void> {
    const [row] = await this.#pool.query((sql) => sql<{ found: boolean }[]>`
      with feedback as (
        insert into chatkit_feedback (user_id, thread_id, item_id, kind)
        select user_id, thread_id, id, ${kind}
        from (select distinct jsonb_array_elements_text(${json(sql, itemIds)}) as wanted) as wanted
        cross join lateral (
          select user_id, thread_id, id
          from chatkit_items
          where user_id = ${userId}
            and thread_id = ${threadId}
            and id = wanted
          -- keeps it a look-up for each id: as a join it may become one walk through the thread
          limit 1
        ) as item
        on conflict (user_id, thread_id, item_id) do update
        set kind = excluded.kind,
          saved_at = excluded.saved_at
      )
      select exists (select from chatkit_threads where user_id = ${userId} and id = ${threadId}) as found`);
    if (!row?.found) throw new NotFoundError("thread", threadId);
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

  async saveAttachment(attachment: Attachment, { userId }: C): Promise<void> {
    await this.#pool.query((sql) => sql`
      insert into chatkit_attachments (user_id, id, thread_id, data)
      values (${userId}, ${attachment.id}, ${attachment.thread_id ?? null}, ${json(sql, attachment)})
      on conflict (user_id, id) do update
      set thread_id = excluded.thread_id,
        data = excluded.data,
        deleted = false`);
  }

  async loadAttachment(attachmentId: string, { userId }: C): Promise<Attachment> {
    const [row] = await this.#pool.query((sql) => sql<DataRow<Attachment>[]>`
      select data
      from chatkit_attachments
      where user_id = ${userId}
        and id = ${attachmentId}
        and not deleted
        and not exists (
          select
          from chatkit_all_threads
          where user_id = ${userId}
            and id = chatkit_attachments.thread_id
            and deleted
        )`);
    if (!row) throw new NotFoundError("attachment", attachmentId);
    return row.data;
  }

  async deleteAttachment(attachmentId: string, { userId }: C): Promise<void> {
    await this.#pool.query((sql) => sql`
      delete from chatkit_attachments
      where user_id = ${userId}
        and id = ${attachmentId}`);
  }

  override openRun(opening: RunOpening, { userId }: C): Promise<ThreadMetadata> {
    return runs.openRun(this.#pool, userId, opening);
  }

  override checkpointRun(run: Run, pending: ThreadItem[], { userId }: C): Promise<void> {
    return runs.checkpointRun(this.#pool, userId, run, pending);
  }

  override closeRun(run: Run, { userId }: C): Promise<void> {
    return runs.closeRun(this.#pool, userId, run);
  }

  override hasRun(run: Pick<Run, "id" | "threadId">, { userId }: C): Promise<boolean> {
    return runs.hasRun(this.#pool, userId, run);
  }

  override recoverRuns(): Promise<number> {
    return runs.recoverRuns(this.#pool);
  }

  override async saveRunState(threadId: string, state: string, { userId }: C): Promise<void> {
    const { count } = await this.#pool.query((sql) => sql`
      insert into chatkit_run_states (user_id, thread_id, state)
      select user_id, id, ${state}
      from chatkit_threads
      where user_id = ${userId}
        and id = ${threadId}
      on conflict (user_id, thread_id) do update
      set state = excluded.state`);
    if (count === 0) throw new NotFoundError("thread", threadId);
  }

  override async takeRunState(threadId: string, { userId }: C): Promise<string | null> {
    const [row] = await this.#pool.query((sql) => sql<{ state: string }[]>`
      delete from chatkit_run_states
      where user_id = ${userId}
        and thread_id = ${threadId}
      returning state`, "unsafe");
    return row?.state ?? null;
  }

  async deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number> {
    while ((await retention.markUnusedDeleted(this.#pool, cutoff, limit)) === limit);
    const old = await retention.markOldDeleted(this.#pool, cutoff, limit);
    await this.#deletions.finish(old);
    return old.length;
  }

  async finishDeletions(): Promise<void> {
    await this.#deletions.finish(await abandonedDeletions(this.#pool, ABANDONED_AT_A_TIME));
  }

  deletedAttachments(limit: number): Promise<DeletedAttachment[]> {
    return retention.deletedAttachments(this.#pool, limit);
  }

  forgetAttachments(attachments: DeletedAttachment[]): Promise<void> {
    return retention.forgetAttachments(this.#pool, attachments);
  }

  usage(userId: string, enough: number | undefined): Promise<Usage> {
    return usage(this.#pool, userId, enough);
  }

  override async ping(): Promise<void> {
    this.#pool.requireWritable();
    const [row] = await this.#pool.query((sql) => sql<{ writable: boolean }[]>`
      select current_setting('transaction_read_only') = 'off' as writable,
        exists (select from chatkit_threads)`);
    if (!row?.writable) throw new StoreUnavailable("read_only", new Error("the database takes no writes"));
  }

  override async close(): Promise<void> {
    await this.#deletions.close();
    await this.#pool.close();
  }
}
