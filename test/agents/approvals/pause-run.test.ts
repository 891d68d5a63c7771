import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tool } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../../src/agents/agent-context.ts";
import { AgentServer, type AgentServerOptions } from "../../../src/agents/agent-server.ts";
import type { SentEvent } from "../../../src/protocol/events.ts";
import type { WidgetItem } from "../../../src/protocol/items.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { assistant, runnerFor, say, texts } from "../../support/agent-turn.ts";
import { asker, createThread, events, itemsOf, ports, recordingLogger, userInput } from "../../support/chat.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

let model: ResponsesServer;
beforeAll(() => void (model = new ResponsesServer()));
afterAll(() => model.stop());

const paid: { amount: number; by: string }[] = [];
beforeEach(() => void (paid.length = 0));

const payBill = tool({
  name: "pay_bill",
  description: "Pays.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: ({ amount }, run) => {
    paid.push({ amount, by: agentContext(run).requestContext.userId });
    return `paid ${amount}`;
  },
});

function serverOf(store = new MemoryStore<RequestContext>(), options: Partial<AgentServerOptions> = {}): AgentServer {
  const agent = assistant({ tools: [payBill] });
  return new AgentServer(ports(store as never), { agent, runner: runnerFor(model), title: false, ...options });
}

const ONE = say([[{ tool: "pay_bill", args: { amount: 5 } }], [{ text: "All done." }]]);
const TWO = say([
  [{ tool: "pay_bill", args: { amount: 5 } }, { tool: "pay_bill", args: { amount: 7 } }],
  [{ text: "Half done." }],
  [{ text: "All done." }],
]);

type Button = { type: "Button"; label: string; onClickAction: { type: string; payload: unknown } };

function buttons({ widget }: WidgetItem): Button[] {
  const rows = (widget as { children: { type: string; children?: Button[] }[] }).children.filter((child) => child.type === "Row");
  return rows.flatMap((row) => row.children ?? []);
}

async function widgets(server: AgentServer, threadId: string): Promise<WidgetItem[]> {
  return (await itemsOf(server, threadId)).filter((item) => item.type === "widget");
}

/** The click of a person on a button of a widget, as the page sends it. */
function click(server: AgentServer, threadId: string, widget: WidgetItem, label: string, by = asker()): Promise<SentEvent[]> {
  const action = buttons(widget).find((button) => button.label === label)?.onClickAction;
  return events(server, "threads.custom_action", { thread_id: threadId, item_id: widget.id, action }, by);
}

describe("a tool that needs approval", () => {
  test("is shown with its name and arguments and does not run before somebody approves", async () => {
    const server = serverOf();
    const { threadId, events: sent } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    expect(JSON.stringify(widget?.widget)).toContain("Allow pay_bill?");
    expect(JSON.stringify(widget?.widget)).toContain("amount: 5");
    expect(buttons(widget!).map((button) => button.label)).toEqual(["Approve", "Reject"]);
    expect(sent.filter((event) => event.type === "error")).toEqual([]);
    expect(paid).toEqual([]);
  });

  test("runs when it is approved, and the answer goes on", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    const sent = await click(server, threadId, widget!, "Approve");
    expect(paid).toEqual([{ amount: 5, by: "ada" }]);
    expect(texts(sent as never)).toEqual(["All done."]);
    const [answered] = await widgets(server, threadId);
    expect(buttons(answered!)).toEqual([]);
    expect(JSON.stringify(answered?.widget)).toContain("Approved");
  });

  test("never runs when the call is too large to be judged, whatever a click says, and the model is told why", async () => {
    const server = serverOf();
    const args = { amount: 5, note: "x".repeat(300_000) };
    const { threadId } = await createThread(server, say([[{ tool: "pay_bill", args }], [{ text: "All done." }]]));
    const [widget] = await widgets(server, threadId);
    const [reject, ...others] = buttons(widget!);
    expect([reject?.label, others]).toEqual(["Reject", []]);
    const forged = { type: reject!.onClickAction.type, payload: { ...(reject!.onClickAction.payload as object), approve: true } };
    await events(server, "threads.custom_action", { thread_id: threadId, item_id: widget!.id, action: forged }, asker());
    expect(paid).toEqual([]);
    expect(JSON.stringify(model.requests.at(-1))).toContain("This call was refused: its arguments have");
    expect(JSON.stringify((await widgets(server, threadId))[0])).toContain("Rejected");
  });

  test("does not run when it is rejected, and the model is told", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    expect(texts((await click(server, threadId, widget!, "Reject")) as never)).toEqual(["All done."]);
    expect(paid).toEqual([]);
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain("not approved");
  });

  test("asks for each call by itself, and goes on with the last", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, TWO);
    const [first, second, ...more] = await widgets(server, threadId);
    expect(more).toEqual([]);
    await click(server, threadId, first!, "Approve");
    expect(paid.map(({ amount }) => amount)).toEqual([5]);
    expect(await widgets(server, threadId)).toHaveLength(2);
    expect(texts((await click(server, threadId, second!, "Approve")) as never)).toEqual(["All done."]);
    expect(paid.map(({ amount }) => amount)).toEqual([5, 7]);
  });

  test("runs once, however often and however fast it is clicked", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    await Promise.all([1, 2, 3].map(() => click(server, threadId, widget!, "Approve")));
    const again = await click(server, threadId, widget!, "Reject");
    expect(paid).toHaveLength(1);
    expect(again.at(-1)).toEqual({ type: "notice", level: "info", message: "This has been decided already." });
  });

  test("is noted for the operator when it is decided: who, which call of which tool, and not its arguments", async () => {
    const logger = recordingLogger();
    const server = new AgentServer(ports(new MemoryStore(), logger), { agent: assistant({ tools: [payBill] }), runner: runnerFor(model), title: false });
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    const by = asker();
    await click(server, threadId, widget!, "Reject", by);
    await click(server, threadId, widget!, "Approve");
    const noted = logger.lines.flatMap(({ fields }) => ("category" in fields ? [fields as object] : []));
    const call_id = expect.any(String) as string;
    const asked = { request_id: by.requestId, user_id: "ada", thread_id: threadId };
    expect(noted).toEqual([{ category: "audit", event: "approval_decided", ...asked, approved: false, tool: "pay_bill", call_id }]);
  });

  test("does not run by another user's click", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    const sent = await click(server, threadId, widget!, "Approve", asker("eve"));
    expect(sent.at(-1)).toMatchObject({ type: "error" });
    expect(paid).toEqual([]);
    await click(server, threadId, widget!, "Approve");
    expect(paid).toHaveLength(1);
  });

  test("does not run by a forged click: without its widget, or for another call", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    const payload = { call_id: "call_forged", approve: true };
    const action = { type: "chatkit.approval", payload };
    await events(server, "threads.custom_action", { thread_id: threadId, action });
    await events(server, "threads.custom_action", { thread_id: threadId, item_id: widget!.id, action });
    await events(server, "threads.custom_action", { thread_id: threadId, item_id: widget!.id, action: { ...action, payload: "x" } });
    expect(paid).toEqual([]);
    await click(server, threadId, widget!, "Approve");
    expect(paid).toHaveLength(1);
  });

  test("no longer runs once the person has written something else", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, ONE);
    const [widget] = await widgets(server, threadId);
    const input = userInput(`Never mind. ${say([[{ text: "Fine." }]])}`);
    await events(server, "threads.add_user_message", { thread_id: threadId, input });
    await click(server, threadId, widget!, "Approve");
    expect(paid).toEqual([]);
    const [closed] = await widgets(server, threadId);
    expect(buttons(closed!)).toEqual([]);
    expect(JSON.stringify(closed?.widget)).toContain("No longer open");
  });

  test("can be asked for again after a retry, when the first question is gone", async () => {
    const server = serverOf();
    const { threadId, events: sent } = await createThread(server, ONE);
    const [old] = await widgets(server, threadId);
    const message = sent.find((event) => event.type === "thread.item.done");
    const itemId = message?.type === "thread.item.done" ? message.item.id : "";
    await events(server, "threads.retry_after_item", { thread_id: threadId, item_id: itemId });
    expect((await click(server, threadId, old!, "Approve")).at(-1)).toMatchObject({ type: "error" });
    expect(paid).toEqual([]);
    const [fresh] = await widgets(server, threadId);
    await click(server, threadId, fresh!, "Approve");
    expect(paid).toHaveLength(1);
  });

  test("goes on with the agent that the message had chosen, and with little history", async () => {
    class Choosing extends AgentServer {
      protected override selectAgent(_thread: unknown, message: { content: { text: string }[] } | null) {
        const bills = message?.content.some((part) => part.text.includes("pay_bill"));
        return bills ? assistant({ name: "Bills", tools: [payBill] }) : assistant({ name: "Other" });
      }
    }
    const options = { agent: assistant(), runner: runnerFor(model), title: false, historyItems: 1 };
    const server = new Choosing(ports(), options);
    const { threadId } = await createThread(server, TWO);
    const [first, second] = await widgets(server, threadId);
    await click(server, threadId, first!, "Approve");
    await click(server, threadId, second!, "Approve");
    expect(paid.map(({ amount }) => amount)).toEqual([5, 7]);
  });

  test("is counted as paused, and its workflow does not load for ever", async () => {
    const { events: sent } = await createThread(serverOf(), ONE);
    const workflow = sent.flatMap((event) => (event.type === "thread.item.done" && event.item.type === "workflow" ? [event.item] : []))[0];
    expect(workflow?.workflow.tasks).toEqual([{ type: "custom", title: "Pay bill", status_indicator: "none" }]);
  });

  test("leaves other actions to the server", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, "hi");
    const sent = await events(server, "threads.custom_action", { thread_id: threadId, action: { type: "other" } });
    expect(sent.at(-1)).toMatchObject({ type: "error", message: "Nothing here answers the action other." });
  });
});

describe("a paused run", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "paused-"))));
  afterAll(() => rm(folder, { recursive: true }));

  const openStore = async () => {
    const store = new SqliteStore<RequestContext>(join(folder, "chat.db"));
    await store.migrate();
    return store;
  };

  test("survives the end of its process", async () => {
    const before = await openStore();
    const { threadId } = await createThread(serverOf(before as never), ONE);
    await before.close();

    const after = await openStore();
    const server = serverOf(after as never);
    const [widget] = await widgets(server, threadId);
    expect(texts((await click(server, threadId, widget!, "Approve")) as never)).toEqual(["All done."]);
    expect(paid).toEqual([{ amount: 5, by: "ada" }]);
    await after.close();
  });

  test("of a version of the SDK that this one cannot read says so to the person and the operator, and closes its card", async () => {
    const store = new MemoryStore<RequestContext>();
    const logger = recordingLogger();
    const server = new AgentServer(ports(store as never, logger), { agent: assistant({ tools: [payBill] }), runner: runnerFor(model), title: false });
    const me = asker();
    const { threadId } = await createThread(server, ONE, me);
    const stored = JSON.parse((await store.takeRunState(threadId, me))!) as { state: string; sdk: string };
    const state = stored.state.replace(/"\$schemaVersion":"[^"]*"/, '"$schemaVersion":"99.0"');
    await store.saveRunState(threadId, JSON.stringify({ ...stored, state, sdk: "0.99.0" }), me);
    const [widget] = await widgets(server, threadId);
    const sent = await click(server, threadId, widget!, "Approve");
    expect(sent.at(-1)).toMatchObject({ type: "notice", message: expect.stringContaining("has been changed since it asked") });
    expect(paid).toEqual([]);
    expect(buttons((await widgets(server, threadId))[0]!)).toEqual([]);
    const warning = logger.lines.find(({ message }) => message === "a paused run cannot be resumed");
    expect((warning?.fields as { err: Error }).err.message).toContain("@openai/agents 0.99.0");
  });

  test.each([MemoryStore, SqliteStore])("inside an agent that is used as a tool asks as well, and goes on in another process (%p)", async (kind) => {
    const path = join(folder, `${crypto.randomUUID()}.db`);
    const opened = async () => {
      const store = kind === SqliteStore ? new SqliteStore<RequestContext>(path) : new MemoryStore<RequestContext>();
      if (store instanceof SqliteStore) await store.migrate();
      return store;
    };
    const teller = () => assistant({ name: "Teller", instructions: "teller", tools: [payBill] });
    const server = (store: unknown) => {
      const agent = assistant({ tools: [teller().asTool({ toolName: "ask_teller", toolDescription: "" })] });
      return new AgentServer(ports(store as never), { agent, runner: runnerFor(model), title: false });
    };
    const inner = say([[{ tool: "pay_bill", args: { amount: 9 } }], [{ text: "Paid." }]]);
    const before = await opened();
    const first = server(before);
    const { threadId } = await createThread(first, say([[{ tool: "ask_teller", args: { input: inner } }], [{ text: "All done." }]]));
    if (before instanceof SqliteStore) await before.close();
    const after = before instanceof SqliteStore ? await opened() : before;
    const second = server(after);
    const [widget, ...others] = await widgets(second, threadId);
    expect(others).toEqual([]);
    expect(JSON.stringify(widget?.widget)).toContain("amount: 9");
    const sent = await click(second, threadId, widget!, "Approve");
    expect(paid).toEqual([{ amount: 9, by: "ada" }]);
    expect(texts(sent as never)).toEqual(["All done."]);
    if (after instanceof SqliteStore) await after.close();
  });

  test("is stored without anything of the request (CWE-522)", async () => {
    const states: string[] = [];
    class Watched extends MemoryStore<RequestContext> {
      override saveRunState(threadId: string, state: string, context: RequestContext): Promise<void> {
        states.push(state);
        return super.saveRunState(threadId, state, context);
      }
    }
    const me = asker();
    me.headers.set("authorization", "Bearer planted-token");
    me.headers.set("cookie", "session=planted-cookie");
    await createThread(serverOf(new Watched()), ONE, me);
    expect(states).toHaveLength(1);
    expect(states[0]).toContain("pay_bill");
    expect(states[0]).not.toMatch(/planted|authorization|"ada"/);
  });
});
