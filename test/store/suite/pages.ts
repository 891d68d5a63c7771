import { describe, expect, test } from "bun:test";
import type { Page } from "../../../src/protocol/thread.ts";
import type { Order } from "../../../src/store/store.ts";
import { addTexts, hiddenNote, savedThread, someone, textsOf, userMessage } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

const MIB = 1024 ** 2;

/** Pages end where their JSON would grow beyond a mebibyte. */
export function pageTests(store: () => SuiteStore): void {
  type Read = (after: string | null, order: Order) => Promise<Page<{ id: string }>>;

  /** Every page from the first to the last; checks of each what holds of all. */
  async function allPages(read: Read, order: Order): Promise<Page<{ id: string }>[]> {
    const pages: Page<{ id: string }>[] = [];
    for (let after: string | null = null; ; ) {
      const page = await read(after, order);
      pages.push(page);
      const isSmall = Buffer.byteLength(JSON.stringify(page.data)) <= MIB;
      expect(isSmall || page.data.length === 1).toBe(true);
      expect(page.after).toBe(page.has_more ? page.data.at(-1)?.id : undefined);
      if (!page.has_more) return pages;
      expect(page.data.length).toBeGreaterThan(0);
      after = page.after ?? "";
    }
  }

  const counts = (pages: Page<unknown>[]) => pages.map(({ data }) => data.length);
  const ids = (pages: Page<{ id: string }>[]) => pages.flatMap(({ data }) => data.map(({ id }) => id));

  describe("large pages", () => {
    test("items: a page ends at a mebibyte, has one of any size, and the next goes on where it ended", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      // In UTF-8 twice as long as in characters.
      const texts = [...Array.from({ length: 4 }, () => "é".repeat(150_000)), "x".repeat(1.2 * MIB), "small", "last"];
      const items = await addTexts(store(), id, me, texts);
      const expected = { asc: [3, 1, 1, 2], desc: [2, 1, 3, 1] };
      for (const [read, order, limit] of [["loadThreadItems", "asc", 20], ["loadThreadItems", "desc", 1000], ["loadVisibleItems", "asc", 3], ["loadVisibleItems", "desc", 20]] as const) {
        const pages = await allPages((after) => store()[read](id, after, limit, order, me), order);
        expect(counts(pages)).toEqual(expected[order]);
        expect(ids(pages)).toEqual((order === "asc" ? items : items.toReversed()).map((item) => item.id));
      }
      const opened = await store().loadThreadWithItems(id, 20, me);
      expect(opened).toMatchObject({ thread: { id }, items: { has_more: true, after: items[2]!.id } });
      expect(opened.items.data).toHaveLength(3);
    });

    test("items: what is hidden takes no room among what is not", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      for (let i = 0; i < 4; i++) {
        await store().addThreadItem(id, hiddenNote(id, "h".repeat(400_000)), me);
        await store().addThreadItem(id, userMessage(id, String(i)), me);
      }
      const page = await store().loadVisibleItems(id, null, 20, "asc", me);
      expect([textsOf(page.data), page.has_more]).toEqual([["0", "1", "2", "3"], false]);
      expect((await store().loadThreadItems(id, null, 20, "asc", me)).has_more).toBe(true);
    });

    test("many items of a middling size are as many as fit, whatever the limit", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const items = await addTexts(store(), id, me, Array.from({ length: 25 }, () => "m".repeat(60_000)));
      for (const limit of [10, 20, 1000]) {
        const pages = await allPages((after, order) => store().loadVisibleItems(id, after, limit, order, me), "asc");
        expect(Math.max(...counts(pages))).toBe(Math.min(limit, 17));
        expect(ids(pages)).toEqual(items.map((item) => item.id));
      }
    });

    test("threads: a page ends at a mebibyte, whatever makes them large", async () => {
      const me = someone();
      const threads: string[] = [];
      for (const size of [400_000, 400_000, 400_000, 2 * MIB, 10, 10]) {
        threads.push((await savedThread(store(), me, { metadata: { notes: "n".repeat(size) } })).id);
      }
      for (const [order, expected] of [["asc", [2, 1, 1, 2]], ["desc", [2, 1, 2, 1]]] as const) {
        const pages = await allPages((after) => store().loadThreads(20, after, order, me), order);
        expect(counts(pages)).toEqual([...expected]);
        expect(ids(pages)).toEqual(order === "asc" ? threads : threads.toReversed());
      }
    });

    test("the newest items are read page by page", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await addTexts(store(), id, me, ["a", "b", "c", "d"].map((letter) => letter.repeat(500_000)));
      const letters = async (count: number) => textsOf(await store().recentItems(id, count, me)).map((text) => text[0]).join("");
      expect([await letters(3), await letters(100)]).toEqual(["bcd", "abcd"]);
    });

    test("what tens of thousands of values make up is read as it was written, while others have their turn", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const data = { table: Array.from({ length: 40_000 }, (_, i) => i), map: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, null])), odd: "\u0000\ud83d\ude00\\u0000" };
      const item = userMessage(id, "", { content: [{ type: "input_tag", id: "a", text: "b", data, interactive: false }] });
      await store().addThreadItem(id, item, me);
      let turns = 0;
      const count = setInterval(() => turns++, 0);
      for (const read of [() => store().loadItem(id, item.id, me), async () => (await store().loadVisibleItems(id, null, 20, "asc", me)).data[0], async () => (await store().recentItems(id, 1, me))[0]]) {
        turns = 0;
        expect(Bun.deepEquals(await read(), item)).toBe(true);
        expect(turns).toBeGreaterThan(0);
      }
      clearInterval(count);
    });
  });
}
