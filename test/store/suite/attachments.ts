import { describe, expect, test } from "bun:test";
import type { Attachment } from "../../../src/protocol/attachments.ts";
import { aRun, allItems, anAttachment, refusal, savedThread, someone, userMessage } from "../rows.ts";
import { until } from "../../support/until.ts";
import type { SuiteStore } from "../store-suite.ts";

export function attachmentTests(store: () => SuiteStore): void {
  const soon = () => new Date(Date.now() + 60_000);
  // Before any thread of this suite was written, however slow the machine is.
  const longAgo = () => new Date(Date.now() - 3_600_000);
  const isDeleted = async (id: string) => (await store().deletedAttachments(10_000)).some(({ attachmentId }) => attachmentId === id);

  describe("attachments", () => {
    test("an attachment is read as it was saved last, until it is deleted", async () => {
      const me = someone();
      const attachment = anAttachment({ metadata: { sha: "x" } });
      await store().saveAttachment(attachment, me);
      const image: Attachment = { ...attachment, type: "image", preview_url: "https://x.example/p" };
      await store().saveAttachment(image, me);
      expect(await store().loadAttachment(attachment.id, me)).toEqual(image);
      await store().deleteAttachment(attachment.id, me);
      await store().deleteAttachment(attachment.id, me);
      expect(await refusal(store().loadAttachment(attachment.id, me))).toMatchObject({ code: "attachment_not_found" });
      expect(await isDeleted(attachment.id)).toBe(false);
    });

    test("those of a deleted thread are out of reach, and listed until their bytes are gone", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [bound, free] = [anAttachment({ thread_id: id }), anAttachment()];
      await store().saveAttachment(free, me);
      await store().openRun({ run: aRun(id), message: userMessage(id, "x", { attachments: [bound] }), attachments: [bound] }, me);
      await store().deleteThread(id, me);
      await store().finishDeletions();
      expect(await refusal(store().loadAttachment(bound.id, me))).toMatchObject({ code: "attachment_not_found" });
      expect(await store().loadAttachment(free.id, me)).toEqual(free);
      const listed = (await store().deletedAttachments(10_000)).filter(({ userId }) => userId === me.userId);
      expect(listed).toEqual([{ userId: me.userId, attachmentId: bound.id }]);
      await store().forgetAttachments(listed);
      expect(await isDeleted(bound.id)).toBe(false);
    });

    test("only attachments that are listed can be forgotten", async () => {
      const me = someone();
      const attachment = anAttachment();
      await store().saveAttachment(attachment, me);
      await store().forgetAttachments([{ userId: me.userId, attachmentId: attachment.id }]);
      expect(await store().loadAttachment(attachment.id, me)).toEqual(attachment);
    });
  });

  describe("the messages that name an attachment", () => {
    const sent = async (me: ReturnType<typeof someone>, attachment: Attachment) => {
      const { id } = await savedThread(store(), me);
      const bound = { ...attachment, thread_id: id };
      const message = userMessage(id, "x", { attachments: [bound] });
      const run = aRun(id);
      await store().openRun({ run, message, attachments: [bound] }, me);
      await store().closeRun(run, me);
      return { threadId: id, messageId: message.id };
    };

    test("with the last message that names it an attachment goes, with one of two it stays", async () => {
      const me = someone();
      const attachment = anAttachment();
      await store().saveAttachment(attachment, me);
      const [first, second] = [await sent(me, attachment), await sent(me, attachment)];
      await store().deleteThreadItem(first.threadId, first.messageId, me);
      expect((await store().loadAttachment(attachment.id, me)).id).toBe(attachment.id);
      await store().deleteThreadItem(second.threadId, second.messageId, me);
      expect(await refusal(store().loadAttachment(attachment.id, me))).toMatchObject({ code: "attachment_not_found" });
      expect(await isDeleted(attachment.id)).toBe(true);
    });

    test("an attachment of two threads stays readable when the one it was sent to last is deleted", async () => {
      const me = someone();
      const attachment = anAttachment();
      await store().saveAttachment(attachment, me);
      const [first, second] = [await sent(me, attachment), await sent(me, attachment)];
      await store().deleteThread(second.threadId, me);
      expect((await store().loadAttachment(attachment.id, me)).id).toBe(attachment.id);
      await store().finishDeletions();
      await until(async () => (await allItems(store(), second.threadId, me)).length === 0 || undefined);
      expect((await store().loadAttachment(attachment.id, me)).id).toBe(attachment.id);
      expect(await isDeleted(attachment.id)).toBe(false);
      await store().deleteThread(first.threadId, me);
      await until(async () => (await isDeleted(attachment.id)) || undefined);
    });

    test("a retry takes those of the messages that it deletes, and an image that was generated", async () => {
      const me = someone();
      const [first, later, image] = [anAttachment(), anAttachment(), anAttachment()];
      for (const one of [first, later, image]) await store().saveAttachment(one, me);
      const { threadId, messageId } = await sent(me, first);
      await store().addThreadItem(threadId, userMessage(threadId, "y", { attachments: [later] }), me);
      const generated = { id: "img_1", thread_id: threadId, created_at: "2026-01-02T03:04:05.678Z", type: "generated_image" as const };
      await store().addThreadItem(threadId, { ...generated, image: { id: "ig_1", url: `attachment:${image.id}#1` } }, me);
      await store().deleteItemsAfter(threadId, messageId, me);
      expect(await Promise.all([first, later, image].map(({ id }) => isDeleted(id)))).toEqual([false, true, true]);
    });

    test("what changes while it is sent keeps the change and gets its thread", async () => {
      const me = someone();
      const attachment = anAttachment();
      await store().saveAttachment(attachment, me);
      await store().updateAttachment(attachment.id, (stored) => ({ ...stored, metadata: { size: 5 } }), me);
      const { threadId } = await sent(me, attachment);
      expect(await store().loadAttachment(attachment.id, me)).toEqual({ ...attachment, metadata: { size: 5 }, thread_id: threadId });
      expect(await store().attachmentBytes(me)).toBe(5);
      expect(await refusal(store().updateAttachment(attachment.id, (stored) => stored, someone()))).toMatchObject({ code: "attachment_not_found" });
    });

    test("two changes at once both count", async () => {
      const me = someone();
      const attachment = anAttachment({ metadata: { size: 0 } });
      await store().saveAttachment(attachment, me);
      const add = (stored: Attachment) => ({ ...stored, metadata: { size: Number(stored.metadata!["size"]) + 1 } });
      await Promise.all(Array.from({ length: 5 }, () => store().updateAttachment(attachment.id, add, me)));
      expect((await store().loadAttachment(attachment.id, me)).metadata).toEqual({ size: 5 });
    });
  });

  describe("the sweeps of attachments", () => {
    test("tell ids that are known from those that are not, and list all in the order of their ids", async () => {
      const mine = [anAttachment(), anAttachment(), anAttachment()];
      for (const one of mine) await store().saveAttachment(one, someone());
      expect(await store().knownAttachments([mine[1]!.id, "atc_unknown", mine[0]!.id]).then((ids) => ids.sort())).toEqual([mine[0]!.id, mine[1]!.id].sort());
      const listed = await store().attachmentsAfter(mine[0]!.id, 10);
      expect(listed.map(({ attachment }) => attachment.id)).toEqual([mine[1]!.id, mine[2]!.id]);
    });

    test("the key that signs is made once", async () => {
      const [[first], [second]] = await Promise.all([store().signingKeys(), store().signingKeys()]);
      expect(first!.secret).toMatch(/^[0-9a-f]{64}$/);
      expect((await store().signingKeys())[0]).toEqual((await store().signingKeys())[0]!);
      expect([first!.id, second!.id]).toContain((await store().signingKeys())[0]!.id);
    });
  });

  describe("retention", () => {
    test("threads without a write since the cutoff go with all they have, in batches", async () => {
      const me = someone();
      const threads = [await savedThread(store(), me), await savedThread(store(), me), await savedThread(store(), me)];
      const [first] = threads;
      const attachment = anAttachment({ thread_id: first?.id ?? "" });
      const run = aRun(first?.id ?? "");
      await store().openRun({ run, message: userMessage(run.threadId, "x"), attachments: [attachment] }, me);
      await store().closeRun(run, me);
      expect(await store().deleteThreadsOlderThan(longAgo(), 100)).toBe(0);
      expect((await store().loadThreads(10, null, "asc", me)).data).toHaveLength(3);
      expect(await store().deleteThreadsOlderThan(soon(), 2)).toBe(2);
      while ((await store().deleteThreadsOlderThan(soon(), 500)) === 500);
      expect((await store().loadThreads(10, null, "asc", me)).data).toEqual([]);
      expect(await allItems(store(), first?.id ?? "", me)).toEqual([]);
      expect(await isDeleted(attachment.id)).toBe(true);
    }, 30_000);

    test("a thread that is being answered stays, however old, until it is answered", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id);
      await store().openRun({ run, message: userMessage(id, "x") }, me);
      while ((await store().deleteThreadsOlderThan(soon(), 500)) === 500);
      await store().addThreadItem(id, userMessage(id, "answer"), { ...me, run });
      await store().closeRun(run, me);
      while ((await store().deleteThreadsOlderThan(soon(), 500)) === 500);
      expect((await store().loadThreads(10, null, "asc", me)).data).toEqual([]);
    }, 30_000);

    test("an upload that no message used counts as deleted after the cutoff", async () => {
      const me = someone();
      const upload = anAttachment();
      await store().saveAttachment(upload, me);
      await store().deleteThreadsOlderThan(longAgo(), 100);
      expect(await isDeleted(upload.id)).toBe(false);
      await store().deleteThreadsOlderThan(soon(), 100);
      expect(await isDeleted(upload.id)).toBe(true);
    });
  });
}
