import { describe, expect, test } from "bun:test";
import type { Attachment } from "../../../src/protocol/attachments.ts";
import { aRun, allItems, anAttachment, refusal, savedThread, someone, userMessage } from "../rows.ts";
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
