import { describe, expect, test } from "bun:test";
import { AlreadyOpen } from "../../../src/store/already-open.ts";
import type { RunOpening } from "../../../src/store/store.ts";
import { aRun, aThread, allItems, refusal, savedThread, someone, textsOf, userMessage } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function resentTests(store: () => SuiteStore): void {
  const opening = (threadId: string, text: string, more: Partial<RunOpening> = {}) => {
    const message = userMessage(threadId, text);
    return { run: aRun(threadId), message, fingerprint: `of ${text}`, ...more };
  };
  const alreadyOpen = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => (error instanceof AlreadyOpen ? { run: error.run.id, thread: error.run.threadId, message: error.messageId } : error),
    );

  describe("a body that is sent again", () => {
    test("meets the run it has opened, and stores nothing", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const first = opening(id, "hi");
      await store().openRun(first, me);
      expect(await alreadyOpen(store().openRun(opening(id, "hi"), me))).toEqual({ run: first.run.id, thread: id, message: first.message.id });
      expect(textsOf(await allItems(store(), id, me))).toEqual(["hi"]);
    });

    test("meets it also when it would have made another thread", async () => {
      const me = someone();
      const [one, two] = [aThread(), aThread()];
      const first = opening(one.id, "new", { create: one });
      await store().openRun(first, me);
      expect(await alreadyOpen(store().openRun(opening(two.id, "new", { create: two }), me))).toEqual({
        run: first.run.id,
        thread: one.id,
        message: first.message.id,
      });
      expect(await refusal(store().loadThread(two.id, me))).toMatchObject({ code: "thread_not_found" });
    });

    test("makes one thread of twenty that come at the same moment", async () => {
      const me = someone();
      const threads = Array.from({ length: 20 }, () => aThread());
      const results = await Promise.allSettled(threads.map((create) => store().openRun(opening(create.id, "race", { create }), me)));
      expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      expect(results.filter((result) => result.status === "rejected" && result.reason instanceof AlreadyOpen)).toHaveLength(19);
      expect((await store().loadThreads(50, null, "asc", me)).data).toHaveLength(1);
    });

    test("is an honest second message once its run is closed", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const first = opening(id, "hi");
      await store().openRun(first, me);
      expect(await store().leaseLeft(first.run, me)).toBeWithin(50_000, 60_001);
      await store().closeRun(first.run, me);
      expect(await store().leaseLeft(first.run, me)).toBeNull();
      await store().openRun(opening(id, "hi"), me);
      expect(textsOf(await allItems(store(), id, me))).toEqual(["hi", "hi"]);
    });

    test("by another user is another body", async () => {
      const [me, other] = [someone(), someone()];
      for (const user of [me, other]) {
        const { id } = await savedThread(store(), user);
        await store().openRun(opening(id, "hi"), user);
        expect(await store().leaseLeft({ id: "none", threadId: id }, user)).toBeNull();
      }
    });

    test("meets a run whose process has died until somebody has stored what it left", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const first = opening(id, "hi", { run: aRun(id, 5) });
      await store().openRun(first, me);
      await Bun.sleep(25);
      expect(await alreadyOpen(store().openRun(opening(id, "hi"), me))).toMatchObject({ message: first.message.id });
      expect(await store().leaseLeft(first.run, me)).toBe(0);
      await store().recoverRuns();
      expect(await store().leaseLeft(first.run, me)).toBeNull();
      expect(textsOf((await allItems(store(), id, me)).slice(0, 1))).toEqual(["hi"]);
    });
  });
}
