import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AttachmentStore } from "../../attachments/attachment-store.ts";
import type { ByteStore } from "../../attachments/byte-store.ts";
import { previewKey } from "../../attachments/records.ts";
import type { RequestContext } from "../../server/context.ts";
import type { MovingStore } from "../../transfer/conversations/records.ts";
import { TransferError } from "../../transfer/transfer-error.ts";

/** As much of an attachment store as deleting needs. */
export function deletingOnly(bytes: ByteStore): AttachmentStore<RequestContext> {
  const never = () => Promise.reject(new Error("only deletes"));
  return {
    createAttachment: never,
    read: never,
    async deleteAttachment(id) {
      for (const key of [id, previewKey(id)]) await bytes.delete(key);
    },
  };
}

/** Copies the bytes of a user's files, or of all, into a folder. */
export async function copyOut(store: MovingStore, bytes: ByteStore | undefined, folder: string, userId: string | undefined): Promise<void> {
  if (!bytes) throw new TransferError("no place for the bytes of files is configured, so there are none to copy", true);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let after = ""; ; ) {
    const page = await store.attachmentsAfter(after, 500);
    const last = page.at(-1);
    if (!last) break;
    for (const one of page) if (userId === undefined || one.userId === userId) await copyOne(bytes, one.attachment.id, folder);
    after = last.attachment.id;
  }
}

async function copyOne(bytes: ByteStore, id: string, folder: string): Promise<void> {
  for (const key of [id, previewKey(id)]) {
    const found = await bytes.open(key);
    if (found) await Bun.write(join(folder, key), new Response(found.part(0, found.size)) as unknown as Blob, { mode: 0o600 });
  }
}

/** Takes such a folder back. */
export async function copyIn(bytes: ByteStore | undefined, folder: string): Promise<void> {
  if (!bytes) throw new TransferError("no place for the bytes of files is configured: see CHATKIT_ATTACHMENTS", true);
  for await (const key of new Bun.Glob("*").scan({ cwd: folder, onlyFiles: true })) await bytes.write(key, Bun.file(join(folder, key)).stream() as unknown as AsyncIterable<Uint8Array>);
}
