import { describe, expect, test } from "bun:test";
import { addTexts, aRun, aThread, allItems, anAttachment, assistantMessage, clientToolCall, refusal, savedThread, someone, textsOf, userMessage } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

const TEXTS = [
  "",
  "\0",
  "a\0b\0\0",
  "\\u0000 and \\\\u0000 spelled out",
  "\u0001\u001f\u007f\u0085\u2028\u2029\r\n\t\b\f",
  "\ud800 alone, \udc00 too, and \udc00\ud800 the wrong way round",
  "😀 👩‍👩‍👧‍👦 e\u0301 ‮ right to left ﷽ 𝕏",
  "\ufdd0 and \ufdd00000 and \ufdd0d800",
  "\ufeff\ufffe\uffff\ufffd",
  `'"\`;--/* $1 ?1 :a @b {} [] %s \\`,
];

const INJECTIONS = [
  "' or '1'='1",
  "'; drop table items; --",
  `" or ""="`,
  "x' union select data from threads --",
  "1; delete from threads",
  "$1",
  "?1",
  "') or 1=1 --",
  "\\'; select pg_sleep(10); --",
  "null",
  "%",
  "_",
  "__proto__",
  "constructor",
];

export function hostileTextTests(store: () => SuiteStore): void {
  describe("any text", () => {
    test("comes back as it went in, in messages, titles, metadata, keys and outputs", async () => {
      const me = someone();
      for (const text of TEXTS) {
        const metadata = { [`key ${text}`]: text, list: [text, { text }] };
        const thread = await savedThread(store(), me, { title: text, metadata });
        expect(await store().loadThread(thread.id, me)).toEqual(thread);
        expect(await store().updateThread(thread.id, { title: `${text}!` }, me)).toEqual({ ...thread, title: `${text}!` });
        const [item] = await addTexts(store(), thread.id, me, [text]);
        expect(await store().loadItem(thread.id, item?.id ?? "", me)).toEqual(item as never);
        await store().addThreadItem(thread.id, clientToolCall(thread.id, { arguments: { [text]: text } }), me);
        const completed = await store().completeClientToolCall(thread.id, { [text]: text }, me);
        expect(completed).toMatchObject({ arguments: { [text]: text }, output: { [text]: text } });
      }
    });

    test("works as the id of a user, thread, item or attachment, and no two are the same", async () => {
      const prefix = crypto.randomUUID();
      const ids = TEXTS.map((text) => `${prefix}${text}`);
      for (const id of ids) {
        const me = { userId: id };
        await savedThread(store(), me, { id, title: id });
        for (const item of ids) await store().addThreadItem(id, userMessage(id, item, { id: item }), me);
        await store().saveAttachment(anAttachment({ id, name: id }), me);
        await store().saveFeedback(id, [id], "negative", me);
      }
      for (const id of ids) {
        const me = { userId: id };
        expect((await store().loadThreads(10, null, "asc", me)).data.map((thread) => thread.title)).toEqual([id]);
        expect(textsOf(await allItems(store(), id, me))).toEqual(ids);
        expect(textsOf((await store().loadVisibleItems(id, ids[4] ?? null, 20, "asc", me)).data)).toEqual(ids.slice(5));
        expect((await store().loadAttachment(id, me)).name).toBe(id);
        expect(await store().loadFeedback(id, me)).toEqual({ [id]: "negative" });
      }
    });

    test("survives a dead run, whoever's it was", async () => {
      for (const text of TEXTS) {
        const me = { userId: `${crypto.randomUUID()}${text}` };
        const thread = aThread({ id: `thr_${text}` });
        const run = { ...aRun(thread.id), id: `${crypto.randomUUID()}${text}` };
        await store().openRun({ run, create: thread, message: userMessage(thread.id, text) }, me);
        await store().checkpointRun({ ...run, leaseMs: 1 }, [assistantMessage(thread.id, `half ${text}`, `id${text}`)], me);
        await Bun.sleep(10);
        await store().recoverRuns();
        expect(textsOf(await allItems(store(), thread.id, me))).toEqual([text, `half ${text}`, "sdk_hidden_context"]);
      }
    });
  });

  describe("SQL injection (CWE-89)", () => {
    test("in ids, cursors and titles yields nothing and destroys nothing", async () => {
      const [me, victim] = [someone(), someone()];
      const kept = await savedThread(store(), victim);
      await addTexts(store(), kept.id, victim, ["kept"]);
      const mine = await savedThread(store(), me);
      const [first] = await addTexts(store(), mine.id, me, ["one", "two"]);
      for (const attack of INJECTIONS) {
        expect(await refusal(store().loadThread(attack, me))).toMatchObject({ code: "thread_not_found" });
        expect(await refusal(store().loadItem(mine.id, attack, me))).toMatchObject({ code: "item_not_found" });
        expect(await refusal(store().loadAttachment(attack, me))).toMatchObject({ code: "attachment_not_found" });
        expect(await refusal(store().deleteItemsAfter(mine.id, attack, me))).toMatchObject({ code: "item_not_found" });
        expect((await store().loadThreadItems(attack, attack, 10, "asc", me)).data).toEqual([]);
        expect((await store().loadThreadItems(mine.id, attack, 1, "asc", me)).data).toEqual([first] as never);
        expect((await store().loadThreads(10, attack, "desc", me)).data.map(({ id }) => id)).toEqual([mine.id]);
        expect((await store().loadThreads(10, attack, "desc", { userId: attack })).data).toEqual([]);
        await store().deleteThread(attack, me);
        await store().deleteThreadItem(mine.id, attack, me);
        await store().saveFeedback(mine.id, [attack], "positive", me);
        await store().updateThread(mine.id, { title: attack, metadata: { [attack]: attack } }, me);
        expect(await store().loadThread(mine.id, me)).toMatchObject({ title: attack });
      }
      expect(await store().loadFeedback(mine.id, me)).toEqual({});
      expect(textsOf(await allItems(store(), mine.id, me))).toEqual(["one", "two"]);
      expect(textsOf(await allItems(store(), kept.id, victim))).toEqual(["kept"]);
    });
  });
}
