import { describe, expect, test } from "bun:test";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import { unansweredBy } from "../../../src/store/cut-off.ts";
import type { Run, UserScope } from "../../../src/store/store.ts";
import { aRun, aThread, addTexts, allItems, anAttachment, assistantMessage, clientToolCall, hiddenNote, refusal, savedThread, someone, textsOf, userMessage, widget } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

/** Longer than the leases that these tests let expire. */
const expiry = () => Bun.sleep(25);

export function runTests(store: () => SuiteStore): void {
  /** A run that died with these items unfinished. */
  async function deadRun(threadId: string, pending: ThreadItem[], me: UserScope) {
    const run = aRun(threadId, 5000);
    await store().openRun({ run, message: userMessage(threadId, "question") }, me);
    await store().checkpointRun({ ...run, leaseMs: 5 }, pending, me);
    await expiry();
    return run;
  }

  describe("opening a run", () => {
    test("a new thread, its first message and its attachments are there together", async () => {
      const me = someone();
      const thread = aThread({ title: "new" });
      const attachment = anAttachment({ thread_id: thread.id });
      const message = userMessage(thread.id, "hi", { attachments: [attachment] });
      const opened = await store().openRun({ run: aRun(thread.id), create: thread, message, attachments: [attachment] }, me);
      expect(opened).toEqual(thread);
      expect(await store().loadThread(thread.id, me)).toEqual(thread);
      expect(await allItems(store(), thread.id, me)).toEqual([message]);
      expect(await store().loadAttachment(attachment.id, me)).toEqual(attachment);
    });

    test("a message is appended to a thread that is there, and the thread is answered", async () => {
      const me = someone();
      const thread = await savedThread(store(), me, { metadata: { a: 1 } });
      await addTexts(store(), thread.id, me, ["one"]);
      expect(await store().openRun({ run: aRun(thread.id), message: userMessage(thread.id, "two") }, me)).toEqual(thread);
      await addTexts(store(), thread.id, me, ["three"]);
      expect(textsOf(await allItems(store(), thread.id, me))).toEqual(["one", "two", "three"]);
    });

    test("an upload is bound to the thread of its message", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const upload = anAttachment({ upload_descriptor: { url: "https://x.example/u", method: "PUT", headers: {} } });
      await store().saveAttachment(upload, me);
      await store().openRun({ run: aRun(id), message: userMessage(id, "see"), attachments: [{ ...upload, thread_id: id }] }, me);
      expect(await store().loadAttachment(upload.id, me)).toEqual({ ...upload, thread_id: id });
    });

    test("a run without a message takes the thread as it is", async () => {
      const me = someone();
      const thread = await savedThread(store(), me);
      await store().openRun({ run: aRun(thread.id) }, me);
      expect(await allItems(store(), thread.id, me)).toEqual([]);
    });

    test("an unknown thread is not found and nothing is stored", async () => {
      const me = someone();
      const upload = anAttachment({ thread_id: "thr_none" });
      const opening = { run: aRun("thr_none"), message: userMessage("thr_none", "x"), attachments: [upload] };
      expect(await refusal(store().openRun(opening, me))).toMatchObject({ code: "thread_not_found" });
      expect(await refusal(store().loadAttachment(upload.id, me))).toMatchObject({ code: "attachment_not_found" });
    });

    test("a locked or closed thread refuses in the words of its reason, and stores nothing", async () => {
      const me = someone();
      for (const [status, code, message] of [
        [{ type: "locked", reason: "Under review." }, "thread_locked", "Under review."],
        [{ type: "locked" }, "thread_locked", "This thread is locked."],
        [{ type: "closed", reason: "Solved." }, "thread_closed", "Solved."],
        [{ type: "closed" }, "thread_closed", "This thread is closed."],
      ] as const) {
        const { id } = await savedThread(store(), me, { status });
        expect(await refusal(store().openRun({ run: aRun(id), message: userMessage(id, "x") }, me))).toMatchObject({ code, message });
        expect(await allItems(store(), id, me)).toEqual([]);
        await store().updateThread(id, { status: { type: "active" } }, me);
        await store().openRun({ run: aRun(id) }, me);
      }
    });

    test("a second run is refused while the first one holds the thread, and stores nothing", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id);
      await store().openRun({ run, message: userMessage(id, "one") }, me);
      expect(await refusal(store().openRun({ run: aRun(id), message: userMessage(id, "two") }, me))).toMatchObject({ code: "thread_busy" });
      expect(textsOf(await allItems(store(), id, me))).toEqual(["one"]);
      await store().closeRun(run, me);
      await store().openRun({ run: aRun(id), message: userMessage(id, "two") }, me);
      expect(textsOf(await allItems(store(), id, me))).toEqual(["one", "two"]);
    });

    test("a new thread by the name of one that is held is refused, too", async () => {
      const me = someone();
      const thread = aThread({ title: "held" });
      const holder = aRun(thread.id);
      await store().openRun({ run: holder, create: thread }, me);
      const opening = { run: aRun(thread.id), create: { ...thread, title: "again" } };
      expect(await refusal(store().openRun(opening, me))).toMatchObject({ code: "thread_busy" });
      expect(await store().loadThread(thread.id, me)).toEqual(thread);
      await store().addThreadItem(thread.id, userMessage(thread.id, "of the holder"), { ...me, run: holder });
    });

    test("opening the same run again is the same run", async () => {
      const me = someone();
      const thread = aThread();
      const opening = { run: aRun(thread.id), create: thread, message: userMessage(thread.id, "one") };
      await store().openRun(opening, me);
      expect(await store().openRun(opening, me)).toEqual(thread);
      expect(textsOf(await allItems(store(), thread.id, me))).toEqual(["one"]);
    });

    test("of 40 runs at once on one thread exactly one gets it", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const races = Array.from({ length: 40 }, (_, i) => store().openRun({ run: aRun(id), message: userMessage(id, String(i)) }, me));
      const codes = await Promise.all(races.map(async (race) => (await refusal(race))?.code ?? "opened"));
      expect(codes.filter((code) => code === "opened")).toHaveLength(1);
      expect(codes.filter((code) => code === "thread_busy")).toHaveLength(39);
      expect(await allItems(store(), id, me)).toHaveLength(1);
    });
  });

  describe("the lease", () => {
    test("a run writes while it holds its thread", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id);
      await store().openRun({ run }, me);
      const [call, answer] = [clientToolCall(id), assistantMessage(id, "a")];
      await store().addThreadItem(id, call, { ...me, run });
      await store().saveItem(id, answer, { ...me, run });
      await store().deleteThreadItem(id, answer.id, { ...me, run });
      expect(await store().completeClientToolCall(id, 1, { ...me, run })).toMatchObject({ id: call.id });
      await store().checkpointRun(run, [], me);
      expect(await allItems(store(), id, me)).toHaveLength(1);
    });

    for (const [loss, lose] of [
      ["never held its thread", async () => {}],
      ["was closed", async (_id: string, me: UserScope, run: ReturnType<typeof aRun>) => {
        await store().openRun({ run }, me);
        await store().closeRun(run, me);
      }],
      ["was taken over", async (id: string, me: UserScope, run: ReturnType<typeof aRun>) => {
        await store().openRun({ run: { ...run, leaseMs: 5 } }, me);
        await expiry();
        await store().openRun({ run: aRun(id) }, me);
      }],
    ] as const) {
      test(`a run that ${loss} writes nothing`, async () => {
        const me = someone();
        const { id } = await savedThread(store(), me);
        const [message] = await addTexts(store(), id, me, ["one", "two"]);
        await store().addThreadItem(id, clientToolCall(id), me);
        const run = aRun(id);
        await lose(id, me, run);
        const before = await allItems(store(), id, me);
        const key = message?.id ?? "";
        const thread = await store().loadThread(id, me);
        const late = { ...me, run };
        await store().saveRunState(id, "state", me);
        for (const write of [
          () => store().addThreadItem(id, assistantMessage(id, "late"), late),
          () => store().saveItem(id, userMessage(id, "late", { id: key }), late),
          () => store().updateItem(id, key, (item) => ({ ...item, created_at: "late" }), late),
          () => store().deleteThreadItem(id, key, late),
          () => store().completeClientToolCall(id, 1, late),
          () => store().deleteItemsAfter(id, key, late),
          () => store().updateThread(id, { title: "late", status: { type: "locked" } }, late),
          () => store().updateThread(id, () => ({ metadata: { late: true } }), late),
          () => store().saveThread({ ...thread, title: "late" }, late),
          () => store().saveRunState(id, "late", late),
          () => store().takeRunState(id, late),
          () => store().saveFeedback(id, [key], "positive", late),
          () => store().saveAttachment(anAttachment(), late),
          () => store().deleteThread(id, late),
          () => store().checkpointRun(run, [assistantMessage(id, "late")], me),
          () => store().recordInput(run, { hash: "late" }, me),
        ]) {
          expect(await refusal(write())).toMatchObject({ code: "conflict" });
        }
        expect(await store().closeRun(run, me)).toBeFalse();
        expect(await store().cutOffRun(run, [assistantMessage(id, "late")], me).catch(() => false)).toBeFalse();
        expect(await allItems(store(), id, me)).toEqual(before);
        expect(await store().loadThread(id, me)).toEqual(thread);
        expect(await store().takeRunState(id, me)).toBe("state");
      });
    }

    test("a run that slept past its lease, and that nobody took over, goes on", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id, 5);
      await store().openRun({ run }, me);
      await expiry();
      await store().addThreadItem(id, assistantMessage(id, "late, and welcome"), { ...me, run });
      await store().updateThread(id, { title: "Late" }, { ...me, run });
      await store().checkpointRun({ ...run, leaseMs: 60_000 }, [], me);
      expect(await refusal(store().openRun({ run: aRun(id) }, me))).toMatchObject({ code: "thread_busy" });
      expect(await store().closeRun(run, me)).toBeTrue();
      expect(textsOf(await allItems(store(), id, me))).toEqual(["late, and welcome"]);
    });

    test("a run writes to other threads as anybody does", async () => {
      const me = someone();
      const [mine, other] = [await savedThread(store(), me), await savedThread(store(), me)];
      const run = aRun(mine.id);
      await store().addThreadItem(other.id, assistantMessage(other.id, "elsewhere"), { ...me, run });
      await store().updateThread(other.id, { title: "elsewhere" }, { ...me, run });
      expect(textsOf(await allItems(store(), other.id, me))).toEqual(["elsewhere"]);
    });

    test("a run whose lease has run out is left alone where its owner is known to live", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id, 5);
      await store().openRun({ run }, me);
      await store().checkpointRun(run, [assistantMessage(id, "so far")], me);
      await expiry();
      const isDead = (runId: string) => runId !== run.id;
      await store().recoverRuns(isDead);
      expect(await refusal(store().openRun({ run: aRun(id), message: userMessage(id, "x") }, me, isDead))).toMatchObject({ code: "thread_busy" });
      await store().addThreadItem(id, assistantMessage(id, "whole"), { ...me, run });
      expect(textsOf(await allItems(store(), id, me))).toEqual(["whole"]);
      await store().openRun({ run: aRun(id), message: userMessage(id, "x") }, me);
    });

    test("a checkpoint renews the lease", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id, 150);
      await store().openRun({ run }, me);
      await store().checkpointRun({ ...run, leaseMs: 60_000 }, [], me);
      await Bun.sleep(200);
      expect(await refusal(store().openRun({ run: aRun(id) }, me))).toMatchObject({ code: "thread_busy" });
      await store().addThreadItem(id, assistantMessage(id, "a"), { ...me, run });
    });

    test("closing a run that no longer holds its thread leaves the new one alone", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [old, fresh] = [aRun(id), aRun(id)];
      await store().openRun({ run: old }, me);
      await store().closeRun(old, me);
      await store().openRun({ run: fresh }, me);
      await store().closeRun(old, me);
      await store().addThreadItem(id, assistantMessage(id, "a"), { ...me, run: fresh });
      expect(await allItems(store(), id, me)).toHaveLength(1);
    });

    test("a thread deleted under its run refuses what the run writes", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id);
      await store().openRun({ run }, me);
      await store().deleteThread(id, me);
      for (const write of [
        () => store().addThreadItem(id, assistantMessage(id, "a"), { ...me, run }),
        () => store().deleteThreadItem(id, "msg_x", { ...me, run }),
        () => store().updateThread(id, { title: "a" }, { ...me, run }),
        () => store().saveRunState(id, "a", { ...me, run }),
        () => store().checkpointRun(run, [], me),
      ]) {
        expect(await refusal(write())).toMatchObject({ code: "thread_not_found" });
      }
      expect(await store().closeRun(run, me)).toBeFalse();
      expect(await allItems(store(), id, me)).toEqual([]);
    });
  });

  describe("a dead run", () => {
    test("its messages with text become stored, other unfinished items do not, and a note says that the answer was cut off", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await deadRun(id, [assistantMessage(id, "half an ans"), widget(id), assistantMessage(id, " \n"), assistantMessage(id, "more")], me);
      expect(await store().recoverRuns()).toBeGreaterThanOrEqual(1);
      const items = await allItems(store(), id, me);
      expect(textsOf(items)).toEqual(["question", "half an ans", "more", "sdk_hidden_context"]);
      expect(items[3]).toMatchObject({ thread_id: id, content: expect.stringContaining("cut off") });
    });

    test("its thread is usable at once, and the next message comes after what it left", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await deadRun(id, [assistantMessage(id, "half")], me);
      await store().openRun({ run: aRun(id), message: userMessage(id, "again") }, me);
      expect(textsOf(await allItems(store(), id, me))).toEqual(["question", "half", "sdk_hidden_context", "again"]);
      await store().recoverRuns();
      expect(await allItems(store(), id, me)).toHaveLength(4);
    });

    test("an item that was finished after the last checkpoint stays as it was finished", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const answer = assistantMessage(id, "whole answer");
      await store().addThreadItem(id, answer, me);
      await deadRun(id, [assistantMessage(id, "whole", answer.id)], me);
      await store().recoverRuns();
      expect(textsOf(await allItems(store(), id, me))).toEqual(["whole answer", "question", "sdk_hidden_context"]);
    });

    test("is recovered once, by whoever comes first", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await deadRun(id, [assistantMessage(id, "half")], me);
      const opening = { run: aRun(id), message: userMessage(id, "again") };
      await Promise.all([store().recoverRuns(), refusal(store().openRun(opening, me)), store().recoverRuns(), store().recoverRuns()]);
      const texts = textsOf(await allItems(store(), id, me)).filter((text) => text !== "again");
      expect(texts).toEqual(["question", "half", "sdk_hidden_context"]);
    });

    test("an answer that was whole, whose end alone was missing, is not said to be cut off", async () => {
      const me = someone();
      const whole = [assistantMessage, widget, (id: string) => clientToolCall(id)];
      for (const make of whole) {
        const { id } = await savedThread(store(), me);
        const [run, item] = [aRun(id, 5), make(id, "whole")];
        await store().openRun({ run, message: userMessage(id, "question") }, me);
        await store().checkpointRun(run, [item], me);
        await store().addThreadItem(id, item, { ...me, run });
        await store().addThreadItem(id, hiddenNote(id, "for the model"), { ...me, run });
        await expiry();
        await store().recoverRuns();
        expect((await allItems(store(), id, me)).map(({ type }) => type)).toEqual(["user_message", item.type, "sdk_hidden_context"]);
      }
    });

    test("is said to be cut off when it was heard of after its last item: there was more to come", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id, 5);
      await store().openRun({ run, message: userMessage(id, "question") }, me);
      await store().addThreadItem(id, assistantMessage(id, "Let me see."), { ...me, run });
      await store().checkpointRun(run, [], me);
      await expiry();
      await store().recoverRuns();
      expect(textsOf(await allItems(store(), id, me))).toEqual(["question", "Let me see.", "sdk_hidden_context"]);
    });

    test("is said to be cut off when only what is older was whole", async () => {
      const me = someone();
      for (const pending of [[], ["begun"]]) {
        const { id } = await savedThread(store(), me);
        await store().addThreadItem(id, assistantMessage(id, "older"), me);
        const run = aRun(id, 5);
        await store().openRun({ run }, me);
        await store().checkpointRun(run, pending.map(() => assistantMessage(id, "")), me);
        await expiry();
        await store().recoverRuns();
        expect(textsOf(await allItems(store(), id, me))).toEqual(["older", "sdk_hidden_context"]);
      }
    });

    test("does not bring back what was removed, by the run or by anybody else", async () => {
      const me = someone();
      const ways: [string, (id: string, itemId: string, run: Run) => Promise<unknown>][] = [
        ["by the run", (id, itemId, run) => store().deleteThreadItem(id, itemId, { ...me, run })],
        ["by somebody else", (id, itemId) => store().deleteThreadItem(id, itemId, me)],
      ];
      for (const [, remove] of ways) {
        const { id } = await savedThread(store(), me);
        const [kept, taken] = [assistantMessage(id, "kept"), assistantMessage(id, "taken back")];
        const run = aRun(id, 5);
        await store().openRun({ run, message: userMessage(id, "question") }, me);
        await store().checkpointRun(run, [taken, kept], me);
        await store().addThreadItem(id, taken, { ...me, run });
        await remove(id, taken.id, run);
        await expiry();
        await store().recoverRuns();
        expect(textsOf(await allItems(store(), id, me))).toEqual(["question", "kept", "sdk_hidden_context"]);
      }
    });

    test("does not bring back what a retry has deleted", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [message, answer] = [userMessage(id, "question"), assistantMessage(id, "taken back")];
      const run = aRun(id, 5);
      await store().openRun({ run, message }, me);
      await store().checkpointRun(run, [answer], me);
      await store().addThreadItem(id, answer, { ...me, run });
      await store().deleteItemsAfter(id, message.id, { ...me, run });
      await expiry();
      await store().recoverRuns();
      expect(textsOf(await allItems(store(), id, me))).toEqual(["question", "sdk_hidden_context"]);
    });

    test("leaves behind what it had to answer, for whoever sends it again", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const input = { hash: "of the click", sender: widget(id) };
      const run = aRun(id, 5);
      await store().openRun({ run, input: { hash: input.hash } }, me);
      await store().recordInput(run, input, me);
      await expiry();
      await store().recoverRuns();
      expect(unansweredBy((await store().recentItems(id, 1, me))[0])).toEqual(input);
      await store().addThreadItem(id, userMessage(id, "something else"), me);
      expect(unansweredBy((await store().recentItems(id, 1, me))[0])).toBeUndefined();
    });

    test("leaves that behind also when it had taken over what another dead run left", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await deadRun(id, [assistantMessage(id, "partial")], me);
      await store().openRun({ run: aRun(id, 5), input: { hash: "h" } }, me);
      await expiry();
      await store().recoverRuns();
      expect(unansweredBy((await allItems(store(), id, me)).at(-1))).toMatchObject({ hash: "h" });
    });

    test("leaves that behind also when it had removed the newest item of its thread", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const [, newest] = await addTexts(store(), id, me, ["one", "two"]);
      const run = aRun(id, 5);
      await store().openRun({ run, input: { hash: "h" } }, me);
      await store().deleteThreadItem(id, newest!.id, { ...me, run });
      await expiry();
      await store().recoverRuns();
      expect(unansweredBy((await allItems(store(), id, me)).at(-1))).toMatchObject({ hash: "h" });
    });

    test("gives back the state of the paused run that it had taken up, unless there is a newer one", async () => {
      const me = someone();
      for (const newer of [undefined, "newer"]) {
        const { id } = await savedThread(store(), me);
        await store().saveRunState(id, "state", me);
        const run = aRun(id, 5);
        await store().openRun({ run }, me);
        expect(await store().takeRunState(id, { ...me, run })).toBe("state");
        if (newer) await store().saveRunState(id, newer, { ...me, run });
        await expiry();
        await store().recoverRuns();
        expect(await store().takeRunState(id, me)).toBe(newer ?? "state");
      }
    });

    test("a run that is closed takes its state along", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      await store().saveRunState(id, "state", me);
      const run = aRun(id);
      await store().openRun({ run }, me);
      await store().takeRunState(id, { ...me, run });
      await store().closeRun(run, me);
      expect(await store().takeRunState(id, me)).toBeNull();
    });

    test("an answer that is cut off by its own process leaves the same, at once", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id);
      const input = { hash: "of the output" };
      await store().openRun({ run, input }, me);
      expect(await store().cutOffRun(run, [assistantMessage(id, "half"), widget(id)], me)).toBeTrue();
      const items = await allItems(store(), id, me);
      expect(textsOf(items)).toEqual(["half", "sdk_hidden_context"]);
      expect(unansweredBy(items[1])).toEqual(input);
      await store().openRun({ run: aRun(id) }, me);
    });

    test("leaves what its last checkpoint stored, also when later ones had nothing new", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id, 5000);
      await store().openRun({ run, message: userMessage(id, "question") }, me);
      await store().checkpointRun(run, [assistantMessage(id, "half")], me);
      await store().checkpointRun({ ...run, leaseMs: 60_000 }, null, me);
      expect(await store().leaseLeft(run, me)).toBeGreaterThan(50_000);
      await store().checkpointRun({ ...run, leaseMs: 5 }, null, me);
      await expiry();
      await store().recoverRuns();
      expect(textsOf(await allItems(store(), id, me))).toEqual(["question", "half", "sdk_hidden_context"]);
      expect(await refusal(store().checkpointRun(run, null, me))).toMatchObject({ code: "conflict" });
    });

    test("a live run is not recovered", async () => {
      const me = someone();
      const { id } = await savedThread(store(), me);
      const run = aRun(id);
      await store().openRun({ run }, me);
      await store().checkpointRun(run, [assistantMessage(id, "half")], me);
      await store().recoverRuns();
      expect(await allItems(store(), id, me)).toEqual([]);
      await store().addThreadItem(id, assistantMessage(id, "whole"), { ...me, run });
    });

    test("nothing dead is nothing to recover", async () => {
      await store().recoverRuns();
      expect(await store().recoverRuns()).toBe(0);
    });
  });
}
