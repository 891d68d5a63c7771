/**
 * Verbs beside `serve`: what each of them does with the configured store and agent, once and to its end. They never answer requests, and
 * never read flags: `cli/` does.
 */
import { rename } from "node:fs/promises";
import type { ByteStore } from "../../attachments/byte-store.ts";
import type { Loaded } from "../../config/loaded.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import type { Page, ThreadMetadata } from "../../protocol/thread.ts";
import type { MovedThread } from "../../store/upkeep.ts";
import { createPrivateFile } from "../../store/private-files.ts";
import { requireCurrent } from "../../store/migrate.ts";
import type { ExportRequest } from "../../cli/verbs.ts";
import { exported } from "../../transfer/conversations/export.ts";
import { imported, type Counts } from "../../transfer/conversations/import.ts";
import type { MovingStore } from "../../transfer/conversations/records.ts";
import { textLines } from "../../transfer/conversations/text-lines.ts";
import { TransferError } from "../../transfer/transfer-error.ts";
import { createLogger } from "../parts/logger.ts";
import { copyIn, copyOut, deletingOnly } from "./move-files.ts";
import { openAttachments } from "../parts/open-attachments.ts";
import { openStore, type OpenStore } from "../parts/open-store.ts";
import { retain } from "../upkeep/retention.ts";

type Opened = { store: OpenStore & MovingStore; bytes: ByteStore | undefined };

/**
 * The configured store beside a running server: it is used as it is, and nothing of it is migrated. Only a database in which there is
 * nothing yet gets its tables, if `mayBeNew`: who moves in does so before the first start.
 */
export async function withStore<T>({ config }: Loaded, work: (opened: Opened) => Promise<T>, { mayBeNew = false } = {}): Promise<T> {
  const store = await openStore(config);
  try {
    if (!isMoving(store)) throw new TransferError("a database in memory holds nothing that could be moved", true);
    const versions = (await store.schemaVersions?.()) ?? [];
    if (mayBeNew && versions.every(({ state }) => state === "pending")) await store.migrate?.();
    else requireCurrent(versions);
    return await work({ store, bytes: await openAttachments(config) });
  } finally {
    await store.close();
  }
}

function isMoving(store: OpenStore): store is Opened["store"] {
  return store.threadsAfter !== undefined && store.attachmentsAfter !== undefined;
}

/** Where lines go: a file, which appears when it is whole, or standard output. */
export async function exportConversations(loaded: Loaded, wanted: ExportRequest): Promise<void> {
  const { output, files } = wanted;
  const part = output === undefined ? undefined : `${output}.part`;
  if (part !== undefined) createPrivateFile(part, () => {});
  const sink = (part === undefined ? Bun.stdout : Bun.file(part)).writer();
  await withStore(loaded, async ({ store, bytes }) => {
    for await (const lines of exported(store, wanted)) {
      sink.write(lines);
      await sink.flush();
    }
    await sink.end();
    if (files !== undefined) await copyOut(store, bytes, files, wanted.userId);
  });
  if (part !== undefined && output !== undefined) await rename(part, output);
}

/** Calls `onThread` with each of them, newest first. */
export async function listThreads(loaded: Loaded, userId: string, onThread: (thread: ThreadMetadata) => void): Promise<void> {
  await withStore(loaded, async ({ store }) => {
    for (let after: string | null = null; ; ) {
      const page: Page<ThreadMetadata> = await store.loadThreads(100, after, "desc", { userId });
      page.data.forEach(onThread);
      after = page.data.at(-1)?.id ?? null;
      if (!page.has_more || after === null) return;
    }
  });
}

/** Without a user it is looked for among the threads of all. */
export async function showThread(loaded: Loaded, id: string, user: string | undefined) {
  return withStore(loaded, async ({ store }) => {
    let last: MovedThread | null = null;
    for (;;) {
      const threads: MovedThread[] = await store.threadsAfter(last, 500, { userId: user });
      const found = threads.find(({ thread }) => thread.id === id);
      if (found) return { user: found.userId, thread: found.thread, items: await itemsOf(store, found) };
      last = threads.at(-1) ?? null;
      if (!last) return undefined;
    }
  });
}

async function itemsOf(store: MovingStore, { userId, thread }: MovedThread): Promise<ThreadItem[]> {
  const items: ThreadItem[] = [];
  for (let after = 0; ; ) {
    const page = await store.itemsAfter(userId, thread.id, after, 500);
    items.push(...page.map(({ json }) => JSON.parse(json) as ThreadItem));
    const last = page.at(-1);
    if (!last) return items;
    after = last.position;
  }
}

export async function importConversations(loaded: Loaded, file: string, files?: string): Promise<Counts> {
  return withStore(loaded, async ({ store, bytes }) => {
    const source = Bun.file(file);
    if (!(await source.exists())) throw new TransferError(`there is no file ${file}`, true);
    const counts = await imported(store, textLines(source.stream()));
    if (files !== undefined) await copyIn(bytes, files);
    return counts;
  }, { mayBeNew: true });
}

/** Deletes everything of a user, and the bytes of the files. */
export async function deleteUser(loaded: Loaded, userId: string): Promise<{ threads: number }> {
  return withStore(loaded, async ({ store, bytes }) => {
    const threads = await store.deleteUser(userId);
    const logger = createLogger({ ...loaded.config, logLevel: "error" });
    if (bytes) await retain({ store, retentionMs: undefined, logger, attachmentStore: deletingOnly(bytes) });
    return { threads };
  });
}
