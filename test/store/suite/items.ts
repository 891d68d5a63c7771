import { describe, expect, test } from "bun:test";
import type { ClientToolCallItem, ThreadItem } from "../../../src/protocol/items.ts";
import type { Page } from "../../../src/protocol/thread.ts";
import type { Order } from "../../../src/store/store.ts";
import { addTexts, allItems, assistantMessage, hiddenNote, refusal, savedThread, someone, textsOf, userMessage, widget } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function itemTests(store: () => SuiteStore): void {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

  describe("items", () => {
    test("items are in the order in which they were added, whatever their clock says", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      for (const [text, created_at] of [["a", "2030-01-01T00:00:00.000Z"], ["b", "2010-01-01T00:00:00.000Z"], ["c", "2020-01-01T00:00:00.000Z"]] as const) {
        await store().addThreadItem(id, userMessage(id, text, { created_at }), me);
      }
      expect(textsOf(await allItems(store(), id, me))).toEqual(["a", "b", "c"]);
    });

    test("pages over 46 items meet without gap or overlap, both ways", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await addTexts(store(), id, me, numbers(46));
      for (const order of ["asc", "desc"] as Order[]) {
        for (const read of ["loadThreadItems", "loadVisibleItems"] as const) {
          const seen: string[] = [];
          let after: string | null = null;
          let pages = 0;
          do {
            const page: Page<ThreadItem> = await store()[read](id, after, 20, order, me);
            seen.push(...textsOf(page.data));
            expect(page.has_more).toBe(seen.length < 46);
            expect(page.after).toBe(page.has_more ? page.data.at(-1)?.id : undefined);
            after = page.after ?? null;
            pages++;
          } while (after);
          expect(pages).toBe(3);
          expect(seen).toEqual(order === "asc" ? numbers(46) : numbers(46).reverse());
        }
      }
    });

    test("a page that ends exactly with the thread has no more", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await addTexts(store(), id, me, numbers(3));
      expect(await store().loadThreadItems(id, null, 3, "asc", me)).toMatchObject({ has_more: false });
    });

    test("a cursor that names no item of the thread gives the first page", async () => {
      const me = someone();
      const [one, other] = [await savedThread(store(), me), await savedThread(store(), me)];
      await addTexts(store(), one.id, me, numbers(2));
      const [foreign] = await addTexts(store(), other.id, me, ["x"]);
      for (const after of ["msg_none", foreign?.id ?? ""]) {
        expect(textsOf((await store().loadThreadItems(one.id, after, 1, "asc", me)).data)).toEqual(["0"]);
        expect(textsOf((await store().loadVisibleItems(one.id, after, 1, "desc", me)).data)).toEqual(["1"]);
      }
    });

    test("adding an item again replaces it in its place", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const items = await addTexts(store(), id, me, ["a", "b", "c"]);
      await store().addThreadItem(id, userMessage(id, "B", { id: items[1]?.id ?? "" }), me);
      await store().saveItem(id, assistantMessage(id, "A", items[0]?.id), me);
      expect(textsOf(await allItems(store(), id, me))).toEqual(["A", "B", "c"]);
      expect((await allItems(store(), id, me))[0]?.type).toBe("assistant_message");
    });

    test("an item id is unique within its thread only", async () => {
      const me = someone();
      const [one, other] = [await savedThread(store(), me), await savedThread(store(), me)];
      await store().addThreadItem(one.id, userMessage(one.id, "one", { id: "same" }), me);
      await store().addThreadItem(other.id, userMessage(other.id, "other", { id: "same" }), me);
      await store().deleteThreadItem(one.id, "same", me);
      expect(textsOf([await store().loadItem(other.id, "same", me)])).toEqual(["other"]);
    });

    test("an item cannot be added to a thread that is not there", async () => {
      expect(await refusal(store().addThreadItem("thr_none", userMessage("thr_none", "x"), someone()))).toMatchObject({ code: "thread_not_found" });
    });

    test("an unknown item is not found, and deleting it is no error", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      expect(await refusal(store().loadItem(id, "msg_none", me))).toMatchObject({ code: "item_not_found" });
      await store().deleteThreadItem(id, "msg_none", me);
      expect(await allItems(store(), id, me)).toEqual([]);
    });

    test("a deleted item leaves the others in order, and its id can come back at the end", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const items = await addTexts(store(), id, me, ["a", "b", "c"]);
      await store().deleteThreadItem(id, items[1]?.id ?? "", me);
      expect(textsOf(await allItems(store(), id, me))).toEqual(["a", "c"]);
      await store().addThreadItem(id, items[1] ?? userMessage(id, ""), me);
      expect(textsOf(await allItems(store(), id, me))).toEqual(["a", "c", "b"]);
    });

    test("hidden items are left out before the limit, and one may be the cursor", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await addTexts(store(), id, me, ["a"]);
      const notes = [hiddenNote(id, "1"), hiddenNote(id, "2"), hiddenNote(id, "3")];
      for (const note of notes) await store().addThreadItem(id, note, me);
      await addTexts(store(), id, me, ["b", "c"]);
      const page = await store().loadVisibleItems(id, null, 2, "asc", me);
      expect(textsOf(page.data)).toEqual(["a", "b"]);
      expect(page.has_more).toBe(true);
      expect(textsOf((await store().loadVisibleItems(id, notes[1]?.id ?? "", 5, "asc", me)).data)).toEqual(["b", "c"]);
      expect(textsOf((await store().loadVisibleItems(id, notes[1]?.id ?? "", 5, "desc", me)).data)).toEqual(["a"]);
      expect(await allItems(store(), id, me)).toHaveLength(6);
    });

    test("an item that becomes hidden leaves the visible page", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [item] = await addTexts(store(), id, me, ["a", "b"]);
      await store().addThreadItem(id, { ...hiddenNote(id, "x"), id: item?.id ?? "" }, me);
      expect(textsOf((await store().loadVisibleItems(id, null, 5, "asc", me)).data)).toEqual(["b"]);
    });

    test("a thread comes with the first page of its visible items, oldest first", async () => {
      const me = someone();
      const thread = await savedThread(store(), me, { title: "t" });
      expect(await store().loadThreadWithItems(thread.id, 2, me)).toEqual({ thread, items: { data: [], has_more: false } });
      await store().addThreadItem(thread.id, hiddenNote(thread.id, "x"), me);
      await addTexts(store(), thread.id, me, numbers(3));
      const loaded = await store().loadThreadWithItems(thread.id, 2, me);
      expect(loaded.thread).toEqual(thread);
      expect(textsOf(loaded.items.data)).toEqual(["0", "1"]);
      expect(loaded.items).toMatchObject({ has_more: true, after: loaded.items.data[1]?.id });
    });

    test("the recent items are the newest ones, oldest first, hidden ones included", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await addTexts(store(), id, me, numbers(4));
      await store().addThreadItem(id, hiddenNote(id, "x"), me);
      expect(textsOf(await store().recentItems(id, 3, me))).toEqual(["2", "3", "sdk_hidden_context"]);
      expect(await store().recentItems(id, 100, me)).toHaveLength(5);
    });

    test("an item is read as it was stored, nulls in free data included", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const item = { ...widget(id), copy_text: undefined, widget: { type: "Card" as const, children: [], key: "k", numbers: [1e21, 0.1, -0.5, 1e-7], none: null } };
      await store().addThreadItem(id, item, me);
      const loaded = await store().loadItem(id, item.id, me);
      expect(loaded).toEqual(item);
      expect("copy_text" in loaded).toBe(false);
    });

    test("an item is read letter for letter as it was stored, and a client tool's output as it came", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const odd = { zebra: 1, a: { 10: "x", 2: "y", bb: null, b: [{ z: 1e21, y: 0.1 }] }, "": "é\u2028\\" };
      const call: ClientToolCallItem = {
        ...{ type: "client_tool_call", id: "ctc_odd", thread_id: id, created_at: "2026-01-01T00:00:00Z" },
        ...{ status: "pending", call_id: "call_odd", name: "look", arguments: odd },
      };
      await store().addThreadItem(id, call, me);
      expect(JSON.stringify(await store().loadItem(id, call.id, me))).toBe(JSON.stringify(call));
      const completed = { ...call, status: "completed", output: odd };
      expect(JSON.stringify(await store().completeClientToolCall(id, odd, me))).toBe(JSON.stringify(completed));
      expect(JSON.stringify((await allItems(store(), id, me))[0])).toBe(JSON.stringify(completed));
    });

    test("items added at once from many sides all get a place of their own", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await Promise.all(numbers(50).map((text) => store().addThreadItem(id, userMessage(id, text), me)));
      const texts = textsOf(await allItems(store(), id, me));
      expect(texts.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(50));
      expect(textsOf((await store().loadThreadItems(id, null, 100, "desc", me)).data)).toEqual(texts.reverse());
    });

    test("a thread of 10,000 items is read whole and in order, page by page", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      for (let start = 0; start < 10_000; start += 100) {
        await Promise.all(numbers(100).map((_, i) => store().addThreadItem(id, userMessage(id, String(start + i)), me)));
      }
      const seen = new Set<string>();
      let after: string | null = null;
      let previous = "";
      do {
        const page: Page<ThreadItem> = await store().loadThreadItems(id, after, 500, "asc", me);
        for (const text of textsOf(page.data)) seen.add(text);
        previous = page.data.at(-1)?.id ?? "";
        after = page.after ?? null;
      } while (after);
      expect(seen.size).toBe(10_000);
      expect((await store().loadThreadItems(id, null, 1, "desc", me)).data[0]?.id).toBe(previous);
    }, 60_000);
  });
}
