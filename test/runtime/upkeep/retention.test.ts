import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttachmentStore } from "../../../src/attachments/attachment-store.ts";
import { NotFoundError } from "../../../src/errors.ts";
import { keepRetention, retain } from "../../../src/runtime/upkeep/retention.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { PostgresStore } from "../../../src/store/postgres/store.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store, UserScope } from "../../../src/store/store.ts";
import type { Retention } from "../../../src/store/upkeep.ts";
import { aRun, allItems, anAttachment, savedThread, userMessage } from "../../store/rows.ts";
import { recordingLogger } from "../../support/chat.ts";
import { newDatabase } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-retention-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type TestStore = Store<UserScope> & Retention;
const me: UserScope = { userId: "ada" };

/** Where bytes would be: remembers whose it was asked to delete, and fails for some. */
class Bytes implements AttachmentStore<RequestContext> {
  readonly deleted: string[] = [];
  constructor(private readonly failure: (id: string) => Error | undefined = () => undefined) {}

  async deleteAttachment(id: string, { userId }: RequestContext): Promise<void> {
    const error = this.failure(id);
    if (error) throw error;
    this.deleted.push(`${userId} ${id}`);
  }
  async createAttachment(): Promise<never> {
    throw new Error("not used here");
  }
  async read(): Promise<never> {
    throw new Error("not used here");
  }
}

for (const [name, open] of [
  ["sqlite", async () => new SqliteStore(join(folder, `${crypto.randomUUID()}.db`))],
  ["postgres", async () => new PostgresStore({ url: await newDatabase() })],
] as [string, () => Promise<TestStore & { migrate(): Promise<unknown> }>][]) {
  describe(`retention over ${name}`, () => {
    async function withStore(work: (store: TestStore) => Promise<void>): Promise<void> {
      const store = await open();
      await store.migrate();
      try {
        await work(store);
      } finally {
        await store.close();
      }
    }

    /** Threads with a message each, the first with an attachment. */
    async function fill(store: TestStore, count: number) {
      const threads = [];
      for (let i = 0; i < count; i++) threads.push((await savedThread(store, me)).id);
      const attachment = anAttachment({ thread_id: threads[0]! });
      const run = aRun(threads[0]!);
      await store.openRun({ run, message: userMessage(run.threadId, "x"), attachments: [attachment] }, me);
      await store.closeRun(run, me);
      await Bun.sleep(10);
      return { threads, attachment };
    }

    const left = async (store: TestStore) => (await store.loadThreads(1000, null, "asc", me)).data.map(({ id }) => id);

    test("deletes old threads, their items and the bytes of their attachments, and nothing newer", () =>
      withStore(async (store) => {
        const { threads, attachment } = await fill(store, 60);
        await Bun.sleep(600);
        const newer = await savedThread(store, me);
        const bytes = new Bytes();
        await retain({ store, attachmentStore: bytes, retentionMs: 500, logger: recordingLogger() });
        expect(await left(store)).toEqual([newer.id]);
        expect(await allItems(store, threads[0]!, me)).toEqual([]);
        expect(bytes.deleted).toEqual([`ada ${attachment.id}`]);
        expect(await store.deletedAttachments(10)).toEqual([]);
      }));

    test("by several processes at once does no harm", () =>
      withStore(async (store) => {
        await fill(store, 100);
        const logger = recordingLogger();
        const bytes = new Bytes();
        await Promise.all([1, 2, 3, 4].map(() => retain({ store, attachmentStore: bytes, retentionMs: 1, logger })));
        expect(await left(store)).toEqual([]);
        expect(await store.deletedAttachments(10)).toEqual([]);
        const told = logger.lines.map(({ fields }) => (fields as { threads?: number }).threads ?? Number.NaN);
        expect(told.reduce((sum, threads) => sum + threads, 0)).toBe(100);
      }));

    test("keeps on record what could not be deleted, and counts what is gone already as deleted", () =>
      withStore(async (store) => {
        const { attachment } = await fill(store, 1);
        const failing = new Bytes(() => new Error("disk away"));
        const logger = recordingLogger();
        await retain({ store, attachmentStore: failing, retentionMs: 1, logger });
        expect(await store.deletedAttachments(10)).toEqual([{ userId: "ada", attachmentId: attachment.id }]);
        expect(logger.lines.map(({ level }) => level)).toEqual(["warn", "info"]);
        await retain({ store, attachmentStore: new Bytes(() => new NotFoundError("attachment")), retentionMs: 1, logger });
        expect(await store.deletedAttachments(10)).toEqual([]);
      }));

    test("leaves threads alone when it is off, and still deletes the bytes of those that people deleted", () =>
      withStore(async (store) => {
        const { threads, attachment } = await fill(store, 3);
        await store.deleteThread(threads[0]!, me);
        const bytes = new Bytes();
        await retain({ store, attachmentStore: bytes, retentionMs: undefined, logger: recordingLogger() });
        expect(await left(store)).toEqual(threads.slice(1));
        expect(bytes.deleted).toEqual([`ada ${attachment.id}`]);
      }));

    test("starts soon, by itself, and ends when it is told", () =>
      withStore(async (store) => {
        await fill(store, 3);
        const stop = keepRetention({ store, retentionMs: 500, logger: recordingLogger() });
        await until(async () => ((await left(store)).length === 0 ? true : undefined));
        stop();
        await savedThread(store, me);
        await Bun.sleep(700);
        expect(await left(store)).toHaveLength(1);
      }));
  });
}
