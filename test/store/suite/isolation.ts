import { describe, expect, test } from "bun:test";
import { aRun, addTexts, allItems, anAttachment, assistantMessage, clientToolCall, refusal, savedThread, someone, textsOf, userMessage } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function isolationTests(store: () => SuiteStore): void {
  describe("another user", () => {
    test("finds nothing in any read and changes nothing by any write", async () => {
      const [owner, thief] = [someone(), someone()];
      const thread = await savedThread(store(), owner, { title: "private" });
      const [message] = await addTexts(store(), thread.id, owner, ["secret"]);
      const attachment = anAttachment();
      await store().saveAttachment(attachment, owner);
      await store().addThreadItem(thread.id, clientToolCall(thread.id), owner);
      const before = await allItems(store(), thread.id, owner);
      const key = message?.id ?? "";

      const codes = await Promise.all(
        [
          store().loadThread(thread.id, thief),
          store().updateThread(thread.id, { title: "stolen" }, thief),
          store().loadVisibleItems(thread.id, null, 10, "asc", thief),
          store().loadThreadWithItems(thread.id, 10, thief),
          store().addThreadItem(thread.id, userMessage(thread.id, "planted"), thief),
          store().addThreadItem(thread.id, userMessage(thread.id, "planted", { id: key }), thief),
          store().completeClientToolCall(thread.id, 1, thief),
          store().saveFeedback(thread.id, [key], "negative", thief),
          store().loadFeedback(thread.id, thief),
          store().openRun({ run: aRun(thread.id), message: userMessage(thread.id, "planted") }, thief),
          store().loadItem(thread.id, key, thief),
          store().deleteItemsAfter(thread.id, key, thief),
          store().loadAttachment(attachment.id, thief),
        ].map(async (work) => (await refusal(work))?.code),
      );
      expect(new Set(codes)).toEqual(new Set(["thread_not_found", "item_not_found", "attachment_not_found"]));
      expect(codes.slice(0, 10)).toEqual(Array(10).fill("thread_not_found"));

      expect((await store().loadThreads(10, null, "asc", thief)).data).toEqual([]);
      expect((await store().loadThreads(10, thread.id, "asc", thief)).data).toEqual([]);
      expect(await allItems(store(), thread.id, thief)).toEqual([]);
      expect(await store().recentItems(thread.id, 10, thief)).toEqual([]);
      await store().deleteThreadItem(thread.id, key, thief);
      await store().deleteAttachment(attachment.id, thief);
      await store().deleteThread(thread.id, thief);

      expect(await allItems(store(), thread.id, owner)).toEqual(before);
      expect(await store().loadThread(thread.id, owner)).toEqual(thread);
      expect(await store().loadAttachment(attachment.id, owner)).toEqual(attachment);
      expect(await store().loadFeedback(thread.id, owner)).toEqual({});
    });

    test("may have the same ids without either seeing the other", async () => {
      const [one, other] = [someone(), someone()];
      const id = `thr_${crypto.randomUUID()}`;
      for (const [me, title] of [[one, "one"], [other, "other"]] as const) {
        await savedThread(store(), me, { id, title });
        await store().addThreadItem(id, userMessage(id, title, { id: "same" }), me);
        await store().saveAttachment(anAttachment({ id: `atc_${id}`, name: title }), me);
      }
      expect((await store().loadThread(id, one)).title).toBe("one");
      expect(textsOf(await allItems(store(), id, other))).toEqual(["other"]);
      expect((await store().loadAttachment(`atc_${id}`, one)).name).toBe("one");
      await store().deleteThread(id, other);
      expect(textsOf(await allItems(store(), id, one))).toEqual(["one"]);
    });

    test("cannot write with a run, close it or be kept out by it", async () => {
      const [one, other] = [someone(), someone()];
      const id = `thr_${crypto.randomUUID()}`;
      for (const me of [one, other]) await savedThread(store(), me, { id });
      const run = aRun(id);
      await store().openRun({ run }, one);
      expect(await refusal(store().addThreadItem(id, assistantMessage(id, "x"), { ...other, run }))).toMatchObject({ code: "conflict" });
      expect(await refusal(store().checkpointRun(run, [], other))).toMatchObject({ code: "conflict" });
      await store().closeRun(run, other);
      expect(await refusal(store().openRun({ run: aRun(id) }, one))).toMatchObject({ code: "thread_busy" });
      await store().openRun({ run: aRun(id) }, other);
    });
  });
}
