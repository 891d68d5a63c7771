import type { OwnedAttachment, Retention } from "../store/upkeep.ts";
import type { ByteStore } from "./byte-store.ts";

type Parts = {
  store: Pick<Retention, "knownAttachments" | "attachmentsAfter" | "deleteUnusedAttachments">;
  bytes: ByteStore;
  /** Deletes a record whose bytes are lost. */
  forget: (lost: OwnedAttachment) => Promise<void>;
  /** In milliseconds since 1970. */
  now: number;
  isStopped?: () => boolean;
};
type Swept = {
  /** Files whose record is gone. */
  files: number;
  /** Records whose file is gone. */
  records: number;
};

/** Between the bytes of a file and its record lie moments; nothing that is younger is judged. */
const SETTLED_MS = 3_600_000;
export const UNUSED_MS = 86_400_000;
const BATCH = 200;
const PAUSE_MS = 50;

/**
 * Finds what crashes have left: bytes that belong to no record, records without bytes, and parts of uploads. Uploads that no message has
 * used for a day are marked as deleted. Any number of processes may do it at once. What a message names is never deleted.
 */
export async function sweep(parts: Parts): Promise<Swept> {
  const { store, bytes, now } = parts;
  await store.deleteUnusedAttachments(new Date(now - UNUSED_MS));
  await bytes.tidy?.(now - SETTLED_MS);
  return { files: await sweepFiles(parts), records: await sweepRecords(parts) };
}

async function sweepFiles({ store, bytes, now, isStopped = () => false }: Parts): Promise<number> {
  let swept = 0;
  for await (const batch of inBatches(bytes.list())) {
    if (isStopped()) break;
    const settled = batch.filter(({ writtenAt }) => writtenAt < now - SETTLED_MS).map(({ key }) => key);
    const known = new Set(await store.knownAttachments([...new Set(settled.map(idOf))]));
    for (const key of settled.filter((one) => !known.has(idOf(one)))) {
      await bytes.delete(key);
      swept++;
    }
    await Bun.sleep(PAUSE_MS);
  }
  return swept;
}

async function sweepRecords({ store, bytes, forget, isStopped = () => false }: Parts): Promise<number> {
  let swept = 0;
  for (let after = ""; !isStopped(); await Bun.sleep(PAUSE_MS)) {
    const batch = await store.attachmentsAfter(after, BATCH);
    for (const one of batch.filter(isUploaded)) {
      // The bytes come before the record, so a record without them has lost them.
      if (await bytes.open(one.attachment.id)) continue;
      await forget(one);
      swept++;
    }
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) break;
    after = last.attachment.id;
  }
  return swept;
}

/** And by this server, and not named by a message: those of other stores have their bytes elsewhere. */
function isUploaded({ attachment }: OwnedAttachment): boolean {
  return attachment.metadata?.["version"] !== undefined && attachment.thread_id === undefined && !attachment.upload_descriptor;
}

const idOf = (key: string) => key.split(".", 1)[0]!;

async function* inBatches<T>(all: AsyncIterable<T>): AsyncGenerator<T[], void> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
