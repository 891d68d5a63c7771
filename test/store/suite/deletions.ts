import { describe, expect, test } from "bun:test";
import type { ThreadMetadata } from "../../../src/protocol/thread.ts";
import type { UserScope } from "../../../src/store/store.ts";
import { aRun, addTexts, allItems, anAttachment, clientToolCall, refusal, savedThread, someone, textsOf, userMessage } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

/** More than one batch of any database. */
const MANY = 600;

export function deletionTests(store: () => SuiteStore): void {
  /** A long thread with all that a thread can have. */
  async function longThread(me: UserScope) {
    const thread = await savedThread(store(), me, { title: "long" });
    const { id } = thread;
    const attachment = anAttachment({ thread_id: id });
    const run = aRun(id);
    await store().openRun({ run, message: userMessage(id, "question"), attachments: [attachment] }, me);
    for (let made = 0; made < MANY; made += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => store().addThreadItem(id, userMessage(id, `message ${made + i}`), me)));
    }
    const [item] = await addTexts(store(), id, me, ["last"]);
    await store().addThreadItem(id, clientToolCall(id), me);
    await store().saveFeedback(id, [item!.id], "positive", me);
    await store().saveRunState(id, "paused", me);
    return { thread, run, attachment, item: item! };
  }

  describe("a long thread that is deleted", () => {
    test("is gone from every read at once, and nothing more is written to it", async () => {
      const me = someone();
      const kept = await savedThread(store(), me);
      const { thread, run, attachment, item } = await longThread(me);
      const { id } = thread;
      await store().deleteThread(id, me);
      expect(await allItems(store(), id, me)).toEqual([]);
      expect(await store().recentItems(id, 10, me)).toEqual([]);
      expect((await store().loadThreads(10, null, "asc", me)).data).toEqual([kept]);
      expect((await store().loadThreads(10, id, "desc", me)).data).toEqual([kept]);
      expect(await store().takeRunState(id, me)).toBeNull();
      expect(await refusal(store().loadAttachment(attachment.id, me))).toMatchObject({ code: "attachment_not_found" });
      const refused: [string, () => Promise<unknown>][] = [
        ["thread_not_found", () => store().loadThread(id, me)],
        ["thread_not_found", () => store().loadThreadWithItems(id, 10, me)],
        ["thread_not_found", () => store().loadVisibleItems(id, null, 10, "asc", me)],
        ["thread_not_found", () => store().loadFeedback(id, me)],
        ["item_not_found", () => store().loadItem(id, item.id, me)],
        ["thread_not_found", () => store().updateThread(id, { title: "new" }, me)],
        ["thread_not_found", () => store().addThreadItem(id, userMessage(id, "late"), me)],
        ["thread_not_found", () => store().saveFeedback(id, [item.id], "negative", me)],
        ["thread_not_found", () => store().completeClientToolCall(id, 1, me)],
        ["thread_not_found", () => store().saveRunState(id, "late", me)],
        ["thread_not_found", () => store().openRun({ run: aRun(id), message: userMessage(id, "late") }, me)],
      ];
      for (const [code, work] of refused) expect(await refusal(work())).toMatchObject({ code });
      expect(await refusal(store().addThreadItem(id, userMessage(id, "late"), { ...me, run }))).not.toBeNull();
      expect(await refusal(store().deleteItemsAfter(id, item.id, me))).not.toBeNull();
      await store().finishDeletions();
      expect((await store().loadThreads(10, null, "asc", me)).data).toEqual([kept]);
    }, 60_000);

    const makes: Record<string, (thread: ThreadMetadata, me: UserScope) => Promise<unknown>> = {
      "saved again": (thread, me) => store().saveThread(thread, me),
      "made by a message": (thread, me) => store().openRun({ run: aRun(thread.id), create: thread, message: userMessage(thread.id, "first") }, me),
    };
    for (const [how, make] of Object.entries(makes)) {
      test(`can be ${how} under the same id at once, and has nothing of what was there before`, async () => {
        const me = someone();
        const { thread, item, run } = await longThread(me);
        await store().deleteThread(thread.id, me);
        await make({ ...thread, title: "new" }, me);
        expect((await store().loadThreads(10, null, "asc", me)).data.map(({ title }) => title)).toEqual(["new"]);
        // The same items again, as in a conversation that is brought back.
        await store().addThreadItem(thread.id, item, me);
        await store().finishDeletions();
        expect(textsOf(await allItems(store(), thread.id, me))).toEqual(how === "saved again" ? ["last"] : ["first", "last"]);
        expect(await store().loadFeedback(thread.id, me)).toEqual({});
        expect(await store().takeRunState(thread.id, me)).toBeNull();
        expect(await store().completeClientToolCall(thread.id, 1, me)).toBeNull();
        expect(await refusal(store().addThreadItem(thread.id, item, { ...me, run }))).not.toBeNull();
      }, 60_000);
    }

    test("and the short ones that are deleted after it are gone without waiting for it", async () => {
      const me = someone();
      const { thread } = await longThread(me);
      const short = await savedThread(store(), me);
      await addTexts(store(), short.id, me, ["one"]);
      await Promise.all([store().deleteThread(thread.id, me), store().deleteThread(short.id, me)]);
      await store().saveThread(short, me);
      expect(await allItems(store(), short.id, me)).toEqual([]);
      await store().finishDeletions();
      expect((await store().loadThreads(10, null, "asc", me)).data).toEqual([short]);
    }, 60_000);
  });
}
