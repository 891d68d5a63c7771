/** The store in this process's memory: for tests, and for trying things out. It never writes to disk. */
import { NotFoundError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import { isHidden, type ClientToolCallItem, type ThreadItem, type UserMessageItem } from "../../protocol/items.ts";
import { parseStored } from "../../protocol/json/steps.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import { attachmentsNamedBy } from "../attachment-uses.ts";
import { BaseStore, requireUserMessage } from "../base-store.ts";
import { pageRoom, settled, toPage } from "../page.ts";
import type { FeedbackKind, Order, ThreadUpdate, UserScope } from "../store.ts";
import { changeThread, storable } from "../thread-change.ts";
import type { Accounting, DeletedAttachment, Movable, OwnedAttachment, Retention, Usage } from "../upkeep.ts";
import { Sequence } from "./sequence.ts";

// Rows are JSON text, so that every reader gets an object of its own, and of the same kind as from a database.
type Row = string;
type MemoryThread = {
  row: Row;
  writtenAt: number;
  items: Sequence<Row>;
  pendingCalls: Set<string>;
  feedback: Map<string, FeedbackKind>;
  runState?: string;
};
type MemoryAttachment = { row: Row; threadId: string | undefined; savedAt: number; deleted: boolean };
type User = { threads: Sequence<MemoryThread>; attachments: Map<string, MemoryAttachment> };

/** For one process. All is lost when it ends. */
export class MemoryStore<C extends UserScope = UserScope> extends BaseStore<C> implements Retention, Accounting, Pick<Movable, "deleteUser"> {
  readonly #users = new Map<string, User>();

  async loadThread(threadId: string, context: C): Promise<ThreadMetadata> {
    return parse(this.#thread(threadId, context).row);
  }

  async saveThread(thread: ThreadMetadata, context: C): Promise<void> {
    this.runs.require(thread.id, context);
    const { threads } = this.#user(context);
    const known = threads.get(thread.id);
    const fresh = { items: new Sequence<Row>(), pendingCalls: new Set<string>(), feedback: new Map<string, FeedbackKind>() };
    threads.put(thread.id, { ...(known ?? fresh), row: JSON.stringify(storable(thread)), writtenAt: Date.now() });
  }

  override async updateThread(threadId: string, change: ThreadUpdate, context: C): Promise<ThreadMetadata> {
    const known = this.#thread(threadId, context);
    this.runs.require(threadId, context);
    known.row = JSON.stringify(changeThread(parse<ThreadMetadata>(known.row), change));
    known.writtenAt = Date.now();
    return parse(known.row);
  }

  async loadThreads(limit: number, after: string | null, order: Order, context: C): Promise<Page<ThreadMetadata>> {
    const rows = this.#user(context).threads.page(after, limit + 1, order);
    return pageOf(rows.map(({ row }) => row), limit);
  }

  async deleteThread(threadId: string, context: C): Promise<void> {
    this.runs.require(threadId, context);
    this.#deleteThread(threadId, context);
  }

  async loadThreadItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>> {
    const rows = this.#user(context).threads.get(threadId)?.items.page(after, limit + 1, order) ?? [];
    return pageOf(rows, limit);
  }

  override async loadVisibleItems(threadId: string, after: string | null, limit: number, order: Order, context: C): Promise<Page<ThreadItem>> {
    const rows = this.#thread(threadId, context).items.page(after, limit + 1, order, "shown");
    return pageOf(rows, limit);
  }

  async addThreadItem(threadId: string, item: ThreadItem, context: C): Promise<void> {
    this.#put(threadId, item, context);
  }

  override async updateItem(threadId: string, itemId: string, change: (stored: ThreadItem) => ThreadItem, context: C): Promise<ThreadItem> {
    this.runs.require(threadId, context);
    const stored = parse<ThreadItem>(this.#item(threadId, itemId, context));
    const item = change(stored);
    if (item !== stored) this.#put(threadId, item, context);
    return item;
  }

  async loadItem(threadId: string, itemId: string, context: C): Promise<ThreadItem> {
    return parseStored(this.#item(threadId, itemId, context));
  }

  async deleteThreadItem(threadId: string, itemId: string, context: C): Promise<void> {
    this.runs.require(threadId, context);
    const thread = this.#user(context).threads.get(threadId);
    if (thread) this.#remove(thread, itemId, context);
    this.runs.forgetItem(threadId, itemId, context);
  }

  override async completeClientToolCall(threadId: string, output: unknown, context: C): Promise<ClientToolCallItem | null> {
    const thread = this.#thread(threadId, context);
    this.runs.require(threadId, context);
    const ids = [...thread.pendingCalls].sort((a, b) => thread.items.position(b) - thread.items.position(a));
    const [newest, ...others] = ids;
    if (newest === undefined) return null;
    const later = thread.items.page(newest, thread.items.size, "asc").map(parse<ThreadItem>);
    if (later.some(({ type }) => type === "user_message")) return null;
    const call = parse<ClientToolCallItem>(thread.items.get(newest) ?? "null");
    this.#put(threadId, { ...call, status: "completed", output }, context);
    for (const id of others) this.#remove(thread, id, context);
    return (await this.loadItem(threadId, newest, context)) as ClientToolCallItem;
  }

  override async deleteItemsAfter(threadId: string, itemId: string, context: C): Promise<UserMessageItem> {
    const thread = this.#thread(threadId, context);
    this.runs.require(threadId, context);
    const message = requireUserMessage(await this.loadItem(threadId, itemId, context));
    const rows = thread.items.page(itemId, thread.items.size, "asc");
    for (const id of thread.items.deleteAfter(itemId)) {
      remove(thread, id);
      this.runs.forgetItem(threadId, id, context);
    }
    for (const row of rows) this.#unname(row, context);
    delete thread.runState;
    thread.writtenAt = Date.now();
    return message;
  }

  override async saveFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void> {
    const thread = this.#thread(threadId, context);
    this.runs.require(threadId, context);
    for (const id of itemIds) if (thread.items.get(id) !== undefined) thread.feedback.set(id, kind);
  }

  override async loadFeedback(threadId: string, context: C): Promise<Record<string, FeedbackKind>> {
    return Object.fromEntries(this.#thread(threadId, context).feedback);
  }

  override async saveRunState(threadId: string, state: string, context: C): Promise<void> {
    const thread = this.#thread(threadId, context);
    this.runs.require(threadId, context);
    thread.runState = state;
  }

  override async takeRunState(threadId: string, context: C): Promise<string | null> {
    this.runs.require(threadId, context);
    const thread = this.#user(context).threads.get(threadId);
    const state = thread?.runState ?? null;
    delete thread?.runState;
    if (state !== null) this.runs.keepState(threadId, state, context);
    return state;
  }

  async saveAttachment(attachment: Attachment, context: C): Promise<void> {
    if (context.run) this.runs.require(context.run.threadId, context);
    const row = JSON.stringify(attachment);
    this.#user(context).attachments.set(attachment.id, { row, threadId: attachment.thread_id, savedAt: Date.now(), deleted: false });
  }

  async loadAttachment(attachmentId: string, context: C): Promise<Attachment> {
    const attachment = this.#user(context).attachments.get(attachmentId);
    if (!attachment || attachment.deleted) throw new NotFoundError("attachment", attachmentId);
    return parse(attachment.row);
  }

  async deleteAttachment(attachmentId: string, context: C): Promise<void> {
    this.#user(context).attachments.delete(attachmentId);
  }

  override async attachmentBytes(context: C): Promise<number> {
    const stored = [...this.#user(context).attachments.values()].filter(({ deleted }) => !deleted);
    return stored.reduce((bytes, { row }) => bytes + Number(parse<Attachment>(row).metadata?.["size"] ?? 0), 0);
  }

  async deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number> {
    let deleted = 0;
    for (const [userId, { threads }] of this.#users) {
      for (const thread of threads.page(null, threads.size, "asc")) {
        const { id } = parse<ThreadMetadata>(thread.row);
        if (deleted === limit || thread.writtenAt >= cutoff.getTime() || this.runs.isHeld(id, { userId })) continue;
        this.#deleteThread(id, { userId });
        deleted++;
      }
    }
    await this.deleteUnusedAttachments(cutoff);
    return deleted;
  }

  async deleteUser(userId: string): Promise<number> {
    const { threads, attachments } = this.#user({ userId });
    const ids = threads.page(null, threads.size, "asc").map(({ row }) => parse<ThreadMetadata>(row).id);
    for (const id of ids) this.#deleteThread(id, { userId });
    for (const attachment of attachments.values()) attachment.deleted = true;
    return ids.length;
  }

  async deleteUnusedAttachments(cutoff: Date): Promise<void> {
    for (const { attachments } of this.#users.values()) {
      for (const upload of attachments.values()) upload.deleted ||= upload.threadId === undefined && upload.savedAt < cutoff.getTime();
    }
  }

  /** Nothing to do: here a deletion is complete at once. */
  async finishDeletions(): Promise<void> {}

  async deletedAttachments(limit: number): Promise<DeletedAttachment[]> {
    const all = [...this.#users].flatMap(([userId, { attachments }]) =>
      [...attachments].flatMap(([attachmentId, { deleted, row }]) => (deleted ? [{ userId, attachmentId, ...modelFileOf(row) }] : [])),
    );
    return all.slice(0, limit);
  }

  async knownAttachments(ids: string[]): Promise<string[]> {
    return ids.filter((id) => [...this.#users.values()].some(({ attachments }) => attachments.has(id)));
  }

  async attachmentsAfter(after: string, limit: number): Promise<OwnedAttachment[]> {
    const all = [...this.#users].flatMap(([userId, { attachments }]) =>
      [...attachments].flatMap(([id, { deleted, row }]) => (deleted || id <= after ? [] : [{ userId, attachment: parse<Attachment>(row) }])),
    );
    return all.sort((a, b) => (a.attachment.id < b.attachment.id ? -1 : 1)).slice(0, limit);
  }

  async forgetAttachments(attachments: DeletedAttachment[]): Promise<void> {
    for (const { userId, attachmentId } of attachments) {
      const known = this.#user({ userId }).attachments;
      if (known.get(attachmentId)?.deleted) known.delete(attachmentId);
    }
  }

  async usage(userId: string, enough: number | undefined): Promise<Usage> {
    const { threads } = this.#user({ userId });
    const rows = threads.page(null, threads.size, "asc").flatMap(({ row, items }) => [row, ...(enough === undefined ? [] : items.page(null, items.size, "asc"))]);
    return { threads: threads.size, bytes: rows.reduce((bytes, row) => bytes + Buffer.byteLength(row), 0) };
  }

  #user({ userId }: UserScope): User {
    let user = this.#users.get(userId);
    if (!user) this.#users.set(userId, (user = { threads: new Sequence(), attachments: new Map() }));
    return user;
  }

  #item(threadId: string, itemId: string, context: C): Row {
    const row = this.#user(context).threads.get(threadId)?.items.get(itemId);
    if (row === undefined) throw new NotFoundError("item", itemId);
    return row;
  }

  #put(threadId: string, item: ThreadItem, context: C): void {
    const thread = this.#thread(threadId, context);
    this.runs.require(threadId, context);
    thread.items.put(item.id, JSON.stringify(item), !isHidden(item));
    thread.writtenAt = Date.now();
    if (item.type === "client_tool_call" && item.status === "pending") thread.pendingCalls.add(item.id);
    else thread.pendingCalls.delete(item.id);
  }

  #deleteThread(threadId: string, scope: UserScope): void {
    const { threads, attachments } = this.#user(scope);
    const items = threads.get(threadId)?.items;
    threads.delete(threadId);
    this.runs.forget(threadId, scope);
    for (const row of items?.page(null, items.size, "asc") ?? []) this.#unname(row, scope);
    for (const [id, attachment] of attachments) attachment.deleted ||= attachment.threadId === threadId && !this.#isNamed(id, scope);
  }

  #remove(thread: MemoryThread, itemId: string, scope: UserScope): void {
    const row = thread.items.get(itemId);
    remove(thread, itemId);
    if (row !== undefined) this.#unname(row, scope);
  }

  /** Marks the attachments as deleted that a deleted item has named, unless another one does. */
  #unname(row: Row, scope: UserScope): void {
    if (!row.includes("attachment")) return;
    for (const id of attachmentsNamedBy(parse<ThreadItem>(row))) {
      const attachment = this.#user(scope).attachments.get(id);
      if (attachment && !this.#isNamed(id, scope)) attachment.deleted = true;
    }
  }

  /** Whether an item of the user names the attachment. */
  #isNamed(id: string, scope: UserScope): boolean {
    const { threads } = this.#user(scope);
    const all = threads.page(null, threads.size, "asc").flatMap(({ items }) => items.page(null, items.size, "asc"));
    return all.some((row) => row.includes(id) && attachmentsNamedBy(parse<ThreadItem>(row)).includes(id));
  }

  #thread(threadId: string, context: C): MemoryThread {
    const thread = this.#user(context).threads.get(threadId);
    if (!thread) throw new NotFoundError("thread", threadId);
    return thread;
  }
}

function remove({ items, pendingCalls, feedback }: MemoryThread, itemId: string): void {
  items.delete(itemId);
  pendingCalls.delete(itemId);
  feedback.delete(itemId);
}

async function pageOf<T extends { id: string }>(rows: Row[], limit: number): Promise<Page<T>> {
  const hasRoom = pageRoom(limit);
  const end = rows.findIndex((row) => !hasRoom(Buffer.byteLength(row)));
  const fitting = (end < 0 ? rows : rows.slice(0, end)).map(parseStored<T>);
  return toPage(await settled(end < 0 ? fitting : [...fitting, null]), limit);
}

function parse<T>(row: Row): T {
  return JSON.parse(row) as T;
}

function modelFileOf(row: Row): { modelFile?: string } {
  const id = parse<Attachment>(row).metadata?.["model_file"];
  return typeof id === "string" ? { modelFile: id } : {};
}
