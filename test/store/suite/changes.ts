import { describe, expect, test } from "bun:test";
import type { ThreadItem, WidgetItem } from "../../../src/protocol/items.ts";
import { StaleItem } from "../../../src/store/stale-item.ts";
import { aRun, allItems, refusal, savedThread, someone, widget } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

type Texts = Record<string, string>;

/** A card with a text for each name. */
function card(threadId: string, texts: Texts, id?: string): WidgetItem {
  const children = Object.entries(texts).map(([name, value]) => ({ type: "Text" as const, id: name, value }));
  return { ...widget(threadId), ...(id && { id }), widget: { type: "Card", children } };
}

function textsOn(item: ThreadItem | undefined): Texts {
  const { children } = (item as WidgetItem).widget as { children: { id: string; value: string }[] };
  return Object.fromEntries(children.map(({ id, value }) => [id, value]));
}

function withText(item: ThreadItem, name: string, change: (value: string) => string): ThreadItem {
  return card(item.thread_id, { ...textsOn(item), [name]: change(textsOn(item)[name] ?? "") }, item.id);
}

export function changeTests(store: () => SuiteStore): void {
  describe("changes of what others change, too", () => {
    test("an item that is read, changed and stored in one keeps every change of fifty at once", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const shown = card(id, { log: "" });
      await store().addThreadItem(id, shown, me);
      const run = aRun(id);
      await store().openRun({ run }, me);
      const marks = Array.from({ length: 50 }, (_, i) => `<${i}>`);
      const add = (mark: string, i: number) =>
        store().updateItem(id, shown.id, (item) => withText(item, "log", (log) => log + mark), i % 2 ? me : { ...me, run });
      await Promise.all(marks.map(add));
      const { log } = textsOn(await store().loadItem(id, shown.id, me));
      expect(log!.match(/<\d+>/g)!.toSorted()).toEqual(marks.toSorted());
      expect(await allItems(store(), id, me)).toHaveLength(1);
    });

    test("an item that is not changed is not written, one that is not there is not found", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const shown = card(id, { a: "1" });
      await store().addThreadItem(id, shown, me);
      expect(await store().updateItem(id, shown.id, (item) => item, me)).toEqual(shown);
      expect(await refusal(store().updateItem(id, "wdg_x", (item) => item, me))).toMatchObject({ code: "item_not_found" });
      expect(await refusal(store().updateItem(id, shown.id, (item) => item, someone()))).toMatchObject({ code: "item_not_found" });
    });

    test("a clicked widget is saved without undoing what has become of its other parts", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const sender = card(id, { text: "so", box: "empty" });
      await store().addThreadItem(id, sender, me);
      const clicked = { ...me, sender };
      await store().updateItem(id, sender.id, (item) => withText(item, "text", () => "so far"), me);
      await store().saveItem(id, card(id, { text: "so", box: "ticked" }, sender.id), clicked);
      expect(textsOn(await store().loadItem(id, sender.id, me))).toEqual({ text: "so far", box: "ticked" });
      await store().saveItem(id, card(id, { text: "so", box: "ticked twice" }, sender.id), clicked);
      expect(textsOn(await store().loadItem(id, sender.id, me))).toEqual({ text: "so far", box: "ticked twice" });
    });

    test("of two clicks that change the same part one is refused, so that it can be made anew", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const sender = card(id, { count: "0" });
      await store().addThreadItem(id, sender, me);
      const click = (value: string) => store().saveItem(id, card(id, { count: value }, sender.id), { ...me, sender });
      await click("1");
      expect(await refusal(click("2"))).toBeInstanceOf(StaleItem);
      expect(textsOn(await store().loadItem(id, sender.id, me))).toEqual({ count: "1" });
      await click("1");
    });

    test("what an answer makes of the same part of a clicked widget is what counts", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const sender = card(id, { count: "0", box: "empty" });
      await store().addThreadItem(id, sender, me);
      const run = aRun(id);
      await store().openRun({ run }, me);
      await store().updateItem(id, sender.id, (item) => withText(withText(item, "count", () => "1"), "box", () => "ticked"), me);
      await store().saveItem(id, card(id, { count: "2", box: "empty" }, sender.id), { ...me, run, sender });
      expect(textsOn(await store().loadItem(id, sender.id, me))).toEqual({ count: "2", box: "ticked" });
    });

    test("a clicked widget that is gone is not saved", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const sender = card(id, { box: "empty" });
      expect(await refusal(store().saveItem(id, card(id, { box: "ticked" }, sender.id), { ...me, sender }))).toMatchObject({ code: "item_not_found" });
      await store().saveItem(id, card(id, { box: "another" }), { ...me, sender });
      expect(await allItems(store(), id, me)).toHaveLength(1);
    });

    test("a thread that is changed as it is keeps every change of twenty at once", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me, { metadata: { kept: true } });
      const add = (i: number) => store().updateThread(id, ({ metadata }) => ({ metadata: { ...metadata, [`k${i}`]: i } }), me);
      await Promise.all(Array.from({ length: 20 }, (_, i) => add(i)));
      const { metadata } = await store().loadThread(id, me);
      expect(Object.keys(metadata)).toHaveLength(21);
      expect(await refusal(store().updateThread("thr_x", () => ({}), me))).toMatchObject({ code: "thread_not_found" });
    });
  });
}
