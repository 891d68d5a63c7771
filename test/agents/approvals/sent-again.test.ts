import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { tool } from "@openai/agents";
import { z } from "zod";
import { AgentServer } from "../../../src/agents/agent-server.ts";
import type { WidgetItem } from "../../../src/protocol/items.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { assistant, runnerFor, say, texts } from "../../support/agent-turn.ts";
import { asker, createThread, events, itemsOf, ports, stream, userInput } from "../../support/chat.ts";
import { ResponsesServer } from "../../support/responses-server.ts";
import { until } from "../../support/until.ts";

/** Clicks on approval cards that a page sends again, since it never saw their answer. */

let model: ResponsesServer;
beforeAll(() => void (model = new ResponsesServer()));
afterAll(() => model.stop());

/** The amounts that were paid; `paying` holds a payment up. */
let paid: number[];
let paying: Promise<void>;
let begun: number;
beforeEach(() => {
  [paid, paying, begun] = [[], Promise.resolve(), 0];
});

const payBill = tool({
  name: "pay_bill",
  description: "Pays.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: async ({ amount }) => {
    begun++;
    await paying;
    paid.push(amount);
    return "paid";
  },
});

const ONE = say([[{ tool: "pay_bill", args: { amount: 5 } }], [{ text: "All done." }]]);
const TWO = say([[{ tool: "pay_bill", args: { amount: 5 } }, { tool: "pay_bill", args: { amount: 7 } }], [{ text: "All done." }]]);

function actionOf({ widget }: WidgetItem, label: string): unknown {
  const rows = (widget as { children: { children?: { label: string; onClickAction: unknown }[] }[] }).children.flatMap(({ children = [] }) => children);
  return rows.find((button) => button.label === label)?.onClickAction;
}

/** Tells when a run has been stored. */
class Watched extends MemoryStore<RequestContext> {
  onSaved = () => {};

  override async saveRunState(...args: Parameters<MemoryStore<RequestContext>["saveRunState"]>): Promise<void> {
    await super.saveRunState(...args);
    this.onSaved();
  }
}

async function asked(script: string) {
  const store = new Watched();
  const server = new AgentServer(ports(store as never), { agent: assistant({ tools: [payBill] }), runner: runnerFor(model), title: false });
  const { threadId } = await createThread(server, script);
  const cards = async () => (await itemsOf(server, threadId)).filter((item): item is WidgetItem => item.type === "widget");
  const clicks = (await cards()).map((card) => (label: "Approve" | "Reject") => ({ thread_id: threadId, item_id: card.id, action: actionOf(card, label) }));
  const click = (params: object) => events(server, "threads.custom_action", params);
  const leaving = (params: object) => {
    const leaver = asker();
    return { leave: () => leaver.leave(), read: Array.fromAsync(stream(server, "threads.custom_action", params, leaver)) };
  };
  /** Clicks, and leaves as soon as the tool has run. */
  const clickAndLeave = async (params: object) => {
    const { leave, read } = leaving(params);
    store.onSaved = leave;
    await read;
    store.onSaved = () => {};
  };
  return { store, server, threadId, clicks, click, leaving, clickAndLeave, cards };
}

test("a click goes on after the tool that has run, which does not run twice", async () => {
  const { clicks, click, clickAndLeave, cards, store, threadId } = await asked(ONE);
  const approve = clicks[0]!("Approve");
  await clickAndLeave(approve);
  expect(paid).toEqual([5]);
  expect(texts((await click(approve)) as never)).toEqual(["All done."]);
  expect(paid).toEqual([5]);
  expect(JSON.stringify(await cards())).toContain("Approved");
  const calls = model.requests.length;
  // Whole now: the same click is one too many, and what was stored of the run on the way is gone.
  expect((await click(approve)).at(-1)).toMatchObject({ type: "notice", message: "This has been decided already." });
  expect([paid, model.requests.length]).toEqual([[5], calls]);
  expect(JSON.stringify(await cards())).toContain("Approved");
  expect(await store.takeRunState(threadId, asker())).toBeNull();
});

test("a rejection goes on as well", async () => {
  const { clicks, click, clickAndLeave } = await asked(ONE);
  const reject = clicks[0]!("Reject");
  await clickAndLeave(reject);
  expect(texts((await click(reject)) as never)).toEqual(["All done."]);
  expect(paid).toEqual([]);
});

test("a tool that was running when the reader left does not run a second time, and the person is told what to do", async () => {
  const { clicks, click, leaving, cards } = await asked(ONE);
  const held = Promise.withResolvers<void>();
  paying = held.promise;
  const approve = clicks[0]!("Approve");
  const { leave, read } = leaving(approve);
  await until(async () => (begun > 0 ? true : undefined));
  leave();
  await read;
  const again = await click(approve);
  expect(again.at(-1)).toMatchObject({ type: "notice", level: "warning", message: expect.stringContaining("write again what you want") });
  held.resolve();
  await until(async () => (paid.length > 0 ? true : undefined));
  expect([begun, paid]).toEqual([1, [5]]);
  expect(JSON.stringify(await cards())).toContain("Approved");
});

test("of two calls the other one can still be decided after the answer to the first was lost", async () => {
  const { clicks, click } = await asked(TWO);
  const first = clicks[0]!("Approve");
  await click(first);
  expect((await click(first)).some(({ type }) => type === "error")).toBe(false);
  expect(texts((await click(clicks[1]!("Approve"))) as never)).toEqual(["All done."]);
  expect(paid).toEqual([5, 7]);
});

test("a click is over once the person has written something else", async () => {
  const { server, threadId, clicks, click, clickAndLeave } = await asked(ONE);
  const approve = clicks[0]!("Approve");
  await clickAndLeave(approve);
  await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(`Never mind. ${say([[{ text: "Fine." }]])}`) });
  await click(approve);
  expect(paid).toEqual([5]);
});
