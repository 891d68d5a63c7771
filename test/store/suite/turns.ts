import { describe, expect, test } from "bun:test";
import { addTexts, allItems, aRun, assistantMessage, clientToolCall, refusal, savedThread, someone, userMessage, widget } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function clientToolTests(store: () => SuiteStore): void {
  describe("client tool calls", () => {
    test("the newest pending call is completed in its place and the other pending ones are dropped", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [done, older, newest] = [clientToolCall(id, { status: "completed", output: 1 }), clientToolCall(id), clientToolCall(id, { call_id: "call_2" })];
      for (const item of [done, older, newest, assistantMessage(id, "later")]) await store().addThreadItem(id, item, me);
      const completed = await store().completeClientToolCall(id, { picked: [1, null] }, me);
      const expected = { ...newest, status: "completed" as const, output: { picked: [1, null] } };
      expect(completed).toEqual(expected);
      expect(await allItems(store(), id, me)).toEqual([done, expected, expect.objectContaining({ type: "assistant_message" })]);
    });

    test("nothing pending answers null and changes nothing", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await store().addThreadItem(id, clientToolCall(id, { status: "completed" }), me);
      const before = await allItems(store(), id, me);
      expect(await store().completeClientToolCall(id, "x", me)).toBeNull();
      expect(await allItems(store(), id, me)).toEqual(before);
    });

    test("outputs of every JSON type are kept as they are, and none is none", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      for (const output of ["text", "", 0, 1.5, true, false, null, [], [1, "a", [null]], {}, { nested: { x: [1] } }]) {
        await store().addThreadItem(id, clientToolCall(id), me);
        const completed = await store().completeClientToolCall(id, output, me);
        expect(completed?.output).toEqual(output);
        expect(await store().loadItem(id, completed?.id ?? "", me)).toEqual(completed as NonNullable<typeof completed>);
      }
      await store().addThreadItem(id, clientToolCall(id), me);
      expect("output" in ((await store().completeClientToolCall(id, undefined, me)) ?? { output: 1 })).toBe(false);
    });

    test("a pending call deep in a long thread is found", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const call = clientToolCall(id);
      await store().addThreadItem(id, call, me);
      for (let i = 0; i < 150; i++) await store().addThreadItem(id, assistantMessage(id, String(i)), me);
      expect((await store().completeClientToolCall(id, 1, me))?.id).toBe(call.id);
    });

    test("a message of the user closes those before it: then nothing is completed or dropped", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      for (const item of [clientToolCall(id), clientToolCall(id), userMessage(id, "never mind"), assistantMessage(id, "All right.")]) {
        await store().addThreadItem(id, item, me);
      }
      const before = await allItems(store(), id, me);
      expect(await store().completeClientToolCall(id, "x", me)).toBeNull();
      expect(await allItems(store(), id, me)).toEqual(before);
      const asked = clientToolCall(id);
      await store().addThreadItem(id, asked, me);
      expect((await store().completeClientToolCall(id, "y", me))?.id).toBe(asked.id);
      expect(await allItems(store(), id, me)).toHaveLength(3);
    });
  });
}

export function retryTests(store: () => SuiteStore): void {
  describe("retry", () => {
    test("everything after the user message goes, the message stays", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [first, second] = await addTexts(store(), id, me, ["one", "two"]);
      await store().addThreadItem(id, assistantMessage(id, "answer"), me);
      await store().addThreadItem(id, clientToolCall(id), me);
      await addTexts(store(), id, me, ["three"]);
      expect(await store().deleteItemsAfter(id, second?.id ?? "", me)).toEqual(second as never);
      expect(await allItems(store(), id, me)).toEqual([first, second] as never);
      expect(await store().completeClientToolCall(id, 1, me)).toBeNull();
      expect((await store().loadVisibleItems(id, null, 10, "desc", me)).data).toHaveLength(2);
    });

    test("an unknown item, and one that is no user message, delete nothing", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await addTexts(store(), id, me, ["one"]);
      const answer = assistantMessage(id, "answer");
      for (const item of [answer, widget(id)]) await store().addThreadItem(id, item, me);
      expect(await refusal(store().deleteItemsAfter(id, "msg_none", me))).toMatchObject({ code: "item_not_found" });
      expect(await refusal(store().deleteItemsAfter(id, answer.id, me))).toMatchObject({ code: "invalid_request" });
      expect(await allItems(store(), id, me)).toHaveLength(3);
    });

    test("a retry for a run that lost its thread deletes nothing", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [message] = await addTexts(store(), id, me, ["one", "two"]);
      expect(await refusal(store().deleteItemsAfter(id, message?.id ?? "", { ...me, run: aRun(id) }))).toMatchObject({ code: "conflict" });
      expect(await allItems(store(), id, me)).toHaveLength(2);
    });
  });
}

export function feedbackTests(store: () => SuiteStore): void {
  describe("feedback", () => {
    test("the last word on an item wins and ids of no item are ignored", async () => {
      const me = someone();
      const [thread, other] = [await savedThread(store(), me), await savedThread(store(), me)];
      const items = await addTexts(store(), thread.id, me, ["a", "b"]);
      const [foreign] = await addTexts(store(), other.id, me, ["x"]);
      const ids = items.map((item) => item.id);
      await store().saveFeedback(thread.id, [...ids, ...ids, foreign?.id ?? "", "msg_none"], "positive", me);
      await store().saveFeedback(thread.id, [ids[1] ?? ""], "negative", me);
      expect(await store().loadFeedback(thread.id, me)).toEqual({ [ids[0] ?? ""]: "positive", [ids[1] ?? ""]: "negative" });
      expect(await store().loadFeedback(other.id, me)).toEqual({});
    });

    test("feedback goes with its item and stays when the item is replaced", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [first, second] = await addTexts(store(), id, me, ["a", "b"]);
      await store().saveFeedback(id, [first?.id ?? "", second?.id ?? ""], "positive", me);
      await store().saveItem(id, userMessage(id, "A", { id: first?.id ?? "" }), me);
      await store().deleteThreadItem(id, second?.id ?? "", me);
      expect(await store().loadFeedback(id, me)).toEqual({ [first?.id ?? ""]: "positive" });
    });

    test("no ids are no feedback", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await store().saveFeedback(id, [], "positive", me);
      expect(await store().loadFeedback(id, me)).toEqual({});
    });
  });
}
