import type { MovingStore } from "../conversations/records.ts";
import { ConversationWriter } from "../conversations/import.ts";
import { TransferError } from "../transfer-error.ts";
import { pythonAttachment, pythonItem, pythonThread, text } from "./python-item.ts";
import { isBroken, isDeleted, isObject, objectOf } from "./read-row.ts";
import { ownerColumn, shapeOf, type Row, type Shape, type TableSource } from "./tables.ts";

export type PythonReport = {
  /** The tables that were read. */
  tables: string[];
  /** Others that by their names may hold conversations, too. */
  unread: string[];
  threads: number;
  items: Record<string, number>;
  attachments: number;
  /** What was in none of the known forms, or of a thread that is not there, by its kind. */
  left: Record<string, number>;
};

type Thread = { userId: string; thread: NonNullable<ReturnType<typeof pythonThread>>; items: unknown };

/**
 * Takes the conversations of a store that was built on the Python SDK. Done again, it replaces what is there.
 * @param user whose threads are that say no owner
 * @throws TransferError when no threads are found, or nobody says whose they are
 */
export async function importPython(store: MovingStore, source: TableSource, user: string | undefined): Promise<PythonReport> {
  const shape = shapeOf(await source.tables());
  if (!shape) throw new TransferError("there is no table of threads in that database (or, of an SQLite file, the -wal file is not beside it)", true);
  const report: PythonReport = { tables: namesOf(shape), unread: shape.unread, threads: 0, items: {}, attachments: 0, left: {} };
  const threads = await readThreads(source, shape, user, report);
  const writer = new ConversationWriter(store);
  for (const { userId, thread } of threads.values()) await writer.thread(userId, thread, Date.parse(thread.created_at));
  await writer.finish();
  await takeAttachments(writer, source, shape, { user, threads, report });
  if (shape.items) await takeItems(writer, source, shape.items, threads, report);
  else for (const thread of threads.values()) await takeList(writer, thread, report);
  await writer.finish();
  return report;
}

function namesOf({ threads, items, attachments }: Shape): string[] {
  return [threads, items?.table, attachments].flatMap((table) => (table ? [table.name] : []));
}

async function readThreads(source: TableSource, shape: Shape, user: string | undefined, report: PythonReport): Promise<Map<string, Thread>> {
  const threads = new Map<string, Thread>();
  const owner = ownerColumn(shape.threads);
  for await (const row of source.rows(shape.threads, [])) {
    const given = objectOf(row);
    const thread = pythonThread(given);
    if (!thread || isDeleted(given)) {
      count(report.left, thread ? "deleted thread" : "thread");
      continue;
    }
    if (isBroken(row)) count(report.left, "of a thread, what is no JSON");
    const userId = ownerOf(owner === undefined ? undefined : row[owner], given, user);
    if (userId === undefined) throw new TransferError(`the thread ${thread.id} does not say whose it is: name the user with --user`, true);
    threads.set(thread.id, { userId, thread, items: given["items"] ?? given["messages"] });
  }
  report.threads = threads.size;
  return threads;
}

function ownerOf(column: unknown, given: Row, user: string | undefined): string | undefined {
  const metadata = isObject(given["metadata"]) ? given["metadata"] : {};
  const said = [column, given["user_id"], metadata["user_id"], metadata["owner"], user].find((one) => (typeof one === "string" && one !== "") || typeof one === "number");
  return said === undefined ? undefined : String(said);
}

async function takeItems(writer: ConversationWriter, source: TableSource, items: NonNullable<Shape["items"]>, threads: Map<string, Thread>, report: PythonReport): Promise<void> {
  let open = "";
  let number = 0;
  for await (const row of source.rows(items.table, [items.threadId, ...items.order])) {
    const of = threads.get(String(row[items.threadId]));
    if (!of) {
      count(report.left, "item of no thread");
      continue;
    }
    if (open !== of.thread.id) number = 0;
    if (open !== of.thread.id) await writer.thread(of.userId, of.thread, Date.parse(of.thread.created_at));
    open = of.thread.id;
    if (isBroken(row)) count(report.left, "item that is no JSON");
    else await takeItem(writer, objectOf(row), of, number++, report);
  }
}

async function takeList(writer: ConversationWriter, thread: Thread, report: PythonReport): Promise<void> {
  const given = isObject(thread.items) && Array.isArray(thread.items["data"]) ? thread.items["data"] : thread.items;
  if (!Array.isArray(given) && given !== null && given !== undefined && given !== "") count(report.left, "list of items that is no JSON");
  if (!Array.isArray(given) || given.length === 0) return;
  await writer.thread(thread.userId, thread.thread, Date.parse(thread.thread.created_at));
  for (const [number, item] of given.entries()) {
    if (isObject(item)) await takeItem(writer, objectOf(item), thread, number, report);
    else count(report.left, "item that is no object");
  }
}

async function takeItem(writer: ConversationWriter, given: Row, { thread }: Thread, number: number, report: PythonReport): Promise<void> {
  if (isDeleted(given)) return count(report.left, "deleted item");
  const item = pythonItem(given, { id: `${thread.id}_${number}`, threadId: thread.id, createdAt: thread.created_at });
  if (!item) return count(report.left, `item of type ${String(given["type"] ?? given["role"] ?? "unknown")}`);
  count(report.items, item.type);
  await writer.item(item, true);
}

type Taking = { user: string | undefined; threads: Map<string, Thread>; report: PythonReport };

async function takeAttachments(writer: ConversationWriter, source: TableSource, { attachments }: Shape, { user, threads, report }: Taking): Promise<void> {
  if (!attachments) return;
  const owner = ownerColumn(attachments);
  for await (const row of source.rows(attachments, [])) {
    const given = objectOf(row);
    const made = pythonAttachment(given);
    const of = threads.get(text(given["thread_id"]) ?? "");
    const userId = ownerOf(owner === undefined ? undefined : row[owner], given, of?.userId ?? user);
    if (!made || userId === undefined || isDeleted(given)) {
      count(report.left, "attachment");
      continue;
    }
    await writer.attachment(userId, { ...made, ...(of && { thread_id: of.thread.id }) });
    report.attachments++;
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
