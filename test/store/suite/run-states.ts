import { describe, expect, test } from "bun:test";
import { addTexts, refusal, savedThread, someone } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function runStateTests(store: () => SuiteStore): void {
  describe("states of paused runs", () => {
    test("a state is given out once, as it was, and a newer one replaces an older one", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const state = JSON.stringify({ text: "\u0000 \ud800 ü 🙂", nested: [{ __proto__: 1 }] });
      await store().saveRunState(id, "older", me);
      await store().saveRunState(id, state, me);
      expect(await store().takeRunState(id, me)).toBe(state);
      expect(await store().takeRunState(id, me)).toBeNull();
    });

    test("of many that ask at once exactly one gets it", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await store().saveRunState(id, "state", me);
      const taken = await Promise.all(Array.from({ length: 20 }, () => store().takeRunState(id, me)));
      expect(taken.filter((state) => state !== null)).toEqual(["state"]);
    });

    test("another user gets nothing, cannot save, and takes nothing away", async () => {
      const [me, other] = [someone(), someone()];
      const { id } = await savedThread(store(), me);
      await store().saveRunState(id, "mine", me);
      expect(await store().takeRunState(id, other)).toBeNull();
      expect(await refusal(store().saveRunState(id, "theirs", other))).toMatchObject({ code: "thread_not_found" });
      expect(await store().takeRunState(id, me)).toBe("mine");
    });

    test("a retry of the message before it drops it", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [message] = await addTexts(store(), id, me, ["pay"]);
      await store().saveRunState(id, "state", me);
      await store().deleteItemsAfter(id, message!.id, me);
      expect(await store().takeRunState(id, me)).toBeNull();
    });

    test("a change of the thread leaves it alone, the thread's end does not", async () => {
      const me = someone();
      const thread = await savedThread(store(), me);
      await store().saveRunState(thread.id, "state", me);
      await store().updateThread(thread.id, { title: "renamed" }, me);
      expect(await store().takeRunState(thread.id, me)).toBe("state");
      await store().saveRunState(thread.id, "state", me);
      await store().deleteThread(thread.id, me);
      await store().saveThread(thread, me);
      expect(await store().takeRunState(thread.id, me)).toBeNull();
    });
  });
}
