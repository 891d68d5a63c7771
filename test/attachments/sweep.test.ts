import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskBytes } from "../../src/attachments/disk.ts";
import { StoredAttachments } from "../../src/attachments/stored-attachments.ts";
import { sweep } from "../../src/attachments/sweep.ts";
import { deleteBytes } from "../../src/runtime/upkeep/retention.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import type { OwnedAttachment, Retention } from "../../src/store/upkeep.ts";
import { aRun, savedThread, userMessage } from "../store/rows.ts";
import { recordingLogger } from "../support/chat.ts";
import { newDatabase } from "../support/postgres.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "chatkit-sweep-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const DAY_MS = 86_400_000;
const ada = { userId: "ada" } as RequestContext;

async function* text(content: string) {
  yield new TextEncoder().encode(content);
}

type TestStore = Store<RequestContext> & Retention;

for (const [name, open] of [
  ["memory", async () => new MemoryStore()],
  ["sqlite", async () => new SqliteStore(join(folder, "chat.db"))],
  ["postgres", async () => new PostgresStore({ url: await newDatabase() })],
] as [string, () => Promise<TestStore & { migrate?(): Promise<unknown> }>][]) {
  describe(`a sweep over ${name}`, () => {
    const root = join(folder, name);
    const bytes = new DiskBytes(root);
    const opened = open().then(async (store) => (await store.migrate?.(), store));
    const filesOf = (store: TestStore) => new StoredAttachments<RequestContext>({ store, bytes, publicUrl: "http://x" });
    const pathOf = (key: string) => join(root, key.split(".")[0]!.slice(-2), key);
    const swept = async (store: TestStore, now = Date.now() + DAY_MS / 2) => {
      const forget = ({ userId, attachment }: OwnedAttachment) => store.deleteAttachment(attachment.id, { userId } as RequestContext);
      const found = await sweep({ store, bytes, forget, now });
      await deleteBytes({ store, attachmentStore: filesOf(store), logger: recordingLogger() }, () => false);
      return found;
    };
    afterAll(async () => (await opened).close());

    test("leaves what is used, and what is new", async () => {
      const store = await opened;
      const files = filesOf(store);
      const [sent, fresh] = [await files.add({ name: "a.txt", type: "text/plain", chunks: text("a") }, ada), await files.add({ name: "b.txt", type: "text/plain", chunks: text("b") }, ada)];
      const { id } = await savedThread(store, ada);
      await store.openRun({ run: aRun(id), message: userMessage(id, "x", { attachments: [sent] }), attachments: [{ ...sent, thread_id: id }] }, ada);
      expect(await swept(store)).toEqual({ files: 0, records: 0 });
      expect([(await files.read(sent.id, ada)).data.length, (await files.read(fresh.id, ada)).data.length]).toEqual([1, 1]);
      // After a day the one that no message has used goes, and nothing else.
      await swept(store, Date.now() + DAY_MS + 1000);
      expect((await files.read(sent.id, ada)).data.length).toBe(1);
      expect(store.loadAttachment(fresh.id, ada)).rejects.toMatchObject({ code: "attachment_not_found" });
      expect([existsSync(pathOf(sent.id)), existsSync(pathOf(fresh.id))]).toEqual([true, false]);
    });

    test("finds files without a record, records without a file, and parts of files", async () => {
      const store = await opened;
      const files = filesOf(store);
      const [lost, orphan] = [await files.add({ name: "a.txt", type: "text/plain", chunks: text("a") }, ada), "atc_00000000000000000000000000000001"];
      rmSync(pathOf(lost.id));
      await bytes.write(orphan, text("nobody's"));
      await bytes.write(`${orphan}.preview`, text("nobody's"));
      mkdirSync(join(root, "new"), { recursive: true });
      writeFileSync(join(root, "new", "part"), "half");
      utimesSync(join(root, "new", "part"), 0, 0);
      const pending = await files.createAttachment({ name: "p.txt", size: 1, mime_type: "text/plain" }, ada);
      await store.saveAttachment(pending, ada);
      // Two processes at once: what one of them did, the other one finds done.
      const found = await Promise.all([swept(store), swept(store)]);
      expect(Math.max(...found.map(({ files: count }) => count))).toBe(2);
      expect(Math.max(...found.map(({ records }) => records))).toBe(1);
      expect([existsSync(pathOf(orphan)), existsSync(join(root, "new", "part"))]).toEqual([false, false]);
      expect(store.loadAttachment(lost.id, ada)).rejects.toMatchObject({ code: "attachment_not_found" });
      expect((await store.loadAttachment(pending.id, ada)).id).toBe(pending.id);
      expect(await swept(store)).toEqual({ files: 0, records: 0 });
    });

    test("what a deleted message had goes within one round, previews included", async () => {
      const store = await opened;
      const files = filesOf(store);
      const attachment = await files.add({ name: "a.txt", type: "text/plain", chunks: text("a") }, ada);
      await bytes.write(`${attachment.id}.preview`, text("small"));
      const { id } = await savedThread(store, ada);
      const message = userMessage(id, "x", { attachments: [attachment] });
      const run = aRun(id);
      await store.openRun({ run, message, attachments: [{ ...attachment, thread_id: id }] }, ada);
      await store.closeRun(run, ada);
      await store.deleteThreadItem(id, message.id, ada);
      expect(await deleteBytes({ store, attachmentStore: files, logger: recordingLogger() }, () => false)).toMatchObject({ failed: 0 });
      expect([existsSync(pathOf(attachment.id)), existsSync(pathOf(`${attachment.id}.preview`))]).toEqual([false, false]);
    });
  });
}

test("bytes that cannot be deleted stay marked, and the rest is not tried a hundred times", async () => {
  const store = new MemoryStore<RequestContext>();
  for (let i = 0; i < 20; i++) await store.saveAttachment({ id: `atc_${i}`, name: "a", type: "file", mime_type: "text/plain" }, ada);
  await store.deleteUnusedAttachments(new Date(Date.now() + 1000));
  let asked = 0;
  const away = { deleteAttachment: async () => { asked++; throw new Error("away"); } };
  expect(await deleteBytes({ store, attachmentStore: away as never, logger: recordingLogger() }, () => false)).toEqual({ deleted: 0, failed: 5 });
  expect([asked, (await store.deletedAttachments(100)).length]).toEqual([5, 20]);
});
