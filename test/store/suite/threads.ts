import { describe, expect, test } from "bun:test";
import { aThread, addTexts, allItems, refusal, savedThread, someone } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function threadTests(store: () => SuiteStore): void {
  describe("threads", () => {
    test("a thread is read as it was saved, without keys that were undefined", async () => {
      const me = someone();
      const thread = aThread({ title: undefined, metadata: { z: 1, a: { deep: [null, true, "x"] } }, allowed_image_domains: ["a.example"] });
      await store().saveThread(thread, me);
      const loaded = await store().loadThread(thread.id, me);
      expect(loaded).toEqual(thread);
      expect("title" in loaded).toBe(false);
    });

    test("what is saved and what is read are nobody else's objects", async () => {
      const me = someone();
      const thread = await savedThread(store(), me, { metadata: { list: [1] } });
      (thread.metadata.list as number[]).push(2);
      const first = await store().loadThread(thread.id, me);
      (first.metadata.list as number[]).push(3);
      expect((await store().loadThread(thread.id, me)).metadata).toEqual({ list: [1] });
    });

    test("saving again replaces the thread and keeps its place and its items", async () => {
      const me = someone();
      const [first, second] = [await savedThread(store(), me), await savedThread(store(), me)];
      await addTexts(store(), first.id, me, ["one"]);
      await store().saveThread({ ...first, title: "renamed" }, me);
      const { data } = await store().loadThreads(10, null, "asc", me);
      expect(data.map(({ id, title }) => [id, title])).toEqual([[first.id, "renamed"], [second.id, undefined]]);
      expect(await allItems(store(), first.id, me)).toHaveLength(1);
    });

    test("an update writes the given fields, clears those given as undefined and leaves the rest", async () => {
      const me = someone();
      const thread = await savedThread(store(), me, { title: "old", metadata: { a: 1, b: 2 }, allowed_image_domains: ["x"] });
      const updated = await store().updateThread(thread.id, { metadata: { a: 3 }, allowed_image_domains: undefined }, me);
      const { allowed_image_domains: _, ...rest } = thread;
      expect(updated).toEqual({ ...rest, metadata: { a: 3 } });
      expect("allowed_image_domains" in updated).toBe(false);
      expect(await store().loadThread(thread.id, me)).toEqual(updated);
    });

    test("two updates of different fields at once both survive", async () => {
      const me = someone();
      const thread = await savedThread(store(), me);
      await Promise.all([
        store().updateThread(thread.id, { title: "mine" }, me),
        store().updateThread(thread.id, { metadata: { theirs: true } }, me),
      ]);
      expect(await store().loadThread(thread.id, me)).toMatchObject({ title: "mine", metadata: { theirs: true } });
    });

    test("an update does not move a thread in the list", async () => {
      const me = someone();
      const threads = [await savedThread(store(), me), await savedThread(store(), me)];
      await store().updateThread(threads[0]?.id ?? "", { title: "x" }, me);
      await addTexts(store(), threads[0]?.id ?? "", me, ["one"]);
      expect((await store().loadThreads(10, null, "asc", me)).data.map(({ id }) => id)).toEqual(threads.map(({ id }) => id));
    });

    test("an unknown thread is not found", async () => {
      const me = someone();
      for (const work of [
        () => store().loadThread("thr_none", me),
        () => store().updateThread("thr_none", { title: "x" }, me),
        () => store().loadVisibleItems("thr_none", null, 10, "asc", me),
        () => store().loadThreadWithItems("thr_none", 10, me),
        () => store().completeClientToolCall("thr_none", 1, me),
        () => store().saveFeedback("thr_none", ["x"], "positive", me),
        () => store().loadFeedback("thr_none", me),
      ]) {
        expect(await refusal(work())).toMatchObject({ code: "thread_not_found" });
      }
    });

    test("pages of threads meet without gap or overlap, both ways", async () => {
      const me = someone();
      const ids: string[] = [];
      for (let i = 0; i < 7; i++) ids.push((await savedThread(store(), me)).id);
      for (const order of ["asc", "desc"] as const) {
        const seen: string[] = [];
        let after: string | null = null;
        do {
          const page = await store().loadThreads(3, after, order, me);
          seen.push(...page.data.map(({ id }) => id));
          expect(page.has_more).toBe(seen.length < 7);
          expect(page.after).toBe(page.has_more ? seen.at(-1) : undefined);
          after = page.after ?? null;
        } while (after);
        expect(seen).toEqual(order === "asc" ? ids : ids.toReversed());
      }
    });

    test("a cursor that names no thread gives the first page", async () => {
      const me = someone();
      const first = await savedThread(store(), me);
      await savedThread(store(), me);
      expect((await store().loadThreads(1, "thr_none", "asc", me)).data[0]?.id).toBe(first.id);
    });

    test("a deleted thread is gone with its items, and deleting it again is no error", async () => {
      const me = someone();
      const thread = await savedThread(store(), me);
      const [item] = await addTexts(store(), thread.id, me, ["one"]);
      await store().saveFeedback(thread.id, [item?.id ?? ""], "positive", me);
      await store().deleteThread(thread.id, me);
      await store().deleteThread(thread.id, me);
      expect(await refusal(store().loadThread(thread.id, me))).toMatchObject({ code: "thread_not_found" });
      expect(await refusal(store().loadItem(thread.id, item?.id ?? "", me))).toMatchObject({ code: "item_not_found" });
      expect((await store().loadThreads(10, null, "asc", me)).data).toEqual([]);
      await store().saveThread(thread, me);
      expect(await allItems(store(), thread.id, me)).toEqual([]);
      expect(await store().loadFeedback(thread.id, me)).toEqual({});
    });

    test("a title that is none is cut between characters, however it is written", async () => {
      const me = someone();
      const flag = "🏳️‍🌈";
      const saved = await savedThread(store(), me, { title: "x".repeat(900_000) });
      expect((await store().loadThread(saved.id, me)).title).toBe("x".repeat(512));
      const updated = await store().updateThread(saved.id, { title: flag.repeat(200) }, me);
      expect(updated.title).toBe(flag.repeat(Math.floor(512 / [...flag].length)));
      expect((await store().updateThread(saved.id, { title: "😀".repeat(512) }, me)).title).toBe("😀".repeat(512));
      expect(await store().updateThread(saved.id, { title: undefined }, me)).not.toHaveProperty("title");
    });

    test("a store that can serve answers a ping", async () => {
      expect(await store().ping()).toBeUndefined();
    });
  });
}
