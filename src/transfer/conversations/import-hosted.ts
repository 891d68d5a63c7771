import { existsSync } from "node:fs";
import { join } from "node:path";
import type { UserMessageItem } from "../../protocol/items.ts";
import { field, typeOf } from "../item-facts.ts";
import { attachmentsNamedBy } from "../../store/attachment-uses.ts";
import { TransferError } from "../transfer-error.ts";
import { hostedItem, hostedThread } from "./from-hosted.ts";
import { ConversationWriter } from "./import.ts";
import { NO_USER } from "./no-user.ts";
import type { MovingStore } from "./records.ts";
import { SavedFiles, type KeepFile } from "./saved-files.ts";
import { savedLines } from "./saved-lines.ts";

export type HostedReport = {
  threads: number;
  /** Items by type, those that came and those that could not. */
  items: Record<string, { taken: number; left: number }>;
  attachments: number;
  previews: SavedFiles["counts"];
  /** Threads that belong to nobody at the source. */
  withoutUser: number;
};

type Into = { store: MovingStore; /** Undefined where there is no place for files. */ keepFile?: KeepFile | undefined };
type Wanted = { userId?: string | undefined; since?: number | undefined };

/**
 * Takes the conversations of a folder that `import openai --raw` has saved. What is in the store already is replaced, so that it can be
 * done again.
 * @throws TransferError when it is no such folder, or not whole
 */
export async function importSaved({ store, keepFile }: Into, folder: string, wanted: Wanted, onProgress: (items: number) => void): Promise<HostedReport> {
  if (!existsSync(join(folder, "manifest.json"))) {
    throw new TransferError(`${folder} is not a folder that was saved whole: run import openai --raw ${folder} first`, true);
  }
  const threads = await readThreads(folder, wanted);
  const writer = new ConversationWriter(store);
  const files = await SavedFiles.of(folder, keepFile);
  const report: HostedReport = { threads: threads.size, items: {}, attachments: 0, previews: files.counts, withoutUser: [...threads.values()].filter(({ userId }) => userId === NO_USER).length };
  // Threads in their own order, also those without an item.
  for (const { userId, thread, createdAt } of threads.values()) await writer.thread(userId, thread, createdAt);
  await writer.finish();
  let open = "";
  let count = 0;
  for await (const item of savedLines(folder, "items.jsonl")) {
    const threadId = String(field(item, "thread_id"));
    const of = threads.get(threadId);
    if (!of) continue;
    const counted = (report.items[typeOf(item)] ??= { taken: 0, left: 0 });
    const made = hostedItem(item, threadId, of.createdAt);
    if (!made) {
      counted.left++;
      continue;
    }
    counted.taken++;
    if (open !== threadId) await writer.thread(of.userId, of.thread, of.createdAt);
    open = threadId;
    if (made.type === "user_message") await withFiles(made, of.userId, files, writer);
    report.attachments += attachmentsNamedBy(made).length;
    await writer.item(made, true);
    if (++count % 1000 === 0) onProgress(count);
  }
  await writer.finish();
  return report;
}

async function withFiles(message: UserMessageItem, userId: string, files: SavedFiles, writer: ConversationWriter): Promise<void> {
  for (const [i, attachment] of message.attachments.entries()) {
    const kept = await files.with({ ...attachment, thread_id: message.thread_id }, userId);
    message.attachments[i] = kept;
    await writer.attachment(userId, kept);
  }
}

type Thread = NonNullable<ReturnType<typeof hostedThread>>;

async function readThreads(folder: string, { userId, since }: Wanted): Promise<Map<string, Thread>> {
  const threads = new Map<string, Thread>();
  for await (const given of savedLines(folder, "threads.jsonl")) {
    const made = hostedThread(given);
    if (!made || (userId !== undefined && made.userId !== userId) || (since !== undefined && made.createdAt < since)) continue;
    threads.set(made.thread.id, made);
  }
  return threads;
}
