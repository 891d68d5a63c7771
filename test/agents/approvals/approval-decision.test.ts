import { Agent, tool, type StreamedRunResult } from "@openai/agents";
import { afterAll, beforeEach, expect, test } from "bun:test";
import { z } from "zod";
import { AgentContext } from "../../../src/agents/agent-context.ts";
import { approvalAnswered, approvalDecision } from "../../../src/agents/approvals/approval-decision.ts";
import { pauseRun, resumeRun } from "../../../src/agents/approvals/pause-run.ts";
import { streamAgentResponse } from "../../../src/agents/response/stream-agent-response.ts";
import type { SentEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem, WidgetItem } from "../../../src/protocol/items.ts";
import { runnerFor } from "../../support/agent-turn.ts";
import { asker, createThread, events, itemsOf, ports, Scripted, textOf, userInput } from "../../support/chat.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const model = new ResponsesServer();
afterAll(() => model.stop());
const runner = runnerFor(model);

const deleted: string[] = [];
beforeEach(() => void (deleted.length = 0));

const deleteFile = tool({
  name: "delete_file",
  description: "Deletes a file.",
  parameters: z.object({ name: z.string() }),
  needsApproval: true,
  execute: async ({ name }) => `deleted ${deleted.push(name) && name}`,
});
const agent = new Agent({ name: "Assistant", model: "fake", tools: [deleteFile] });

class Own extends Scripted {
  override async *action(...[thread, action, sender, context]: Parameters<Scripted["action"]>) {
    const decision = approvalDecision(action);
    if (!decision || !sender) return yield* super.action(thread, action, sender, context);
    const chat = new AgentContext({ thread, store: this.store, requestContext: context });
    const result = await resumeRun(chat, agent, decision, { runner });
    yield approvalAnswered(sender, decision);
    yield* streamAgentResponse(chat, result);
  }
}

function ownServer(options?: (context: AgentContext, result: StreamedRunResult<any, any>) => Parameters<typeof streamAgentResponse>[2]): Own {
  const server: Own = new Own(async function* (thread, message, context) {
    const chat = new AgentContext({ thread, store: server.store, requestContext: context });
    const result = await runner.run(agent, message ? textOf(message) : "", { stream: true, context: chat });
    yield* streamAgentResponse(chat, result, options?.(chat, result));
  }, ports());
  return server;
}

const script = (turns: object[][]) => `[[fake:${JSON.stringify({ turns })}]]`;
const ASKING = `Delete it. ${script([[{ tool: "delete_file", args: { name: "a.txt" } }], [{ text: "It is gone." }]])}`;
const cardOf = (items: ThreadItem[]) => items.find((item): item is WidgetItem => item.type === "widget");

function approving(server: Own, threadId: string, card: WidgetItem): Promise<SentEvent[]> {
  const approve = /{"type":"chatkit.approval","payload":{[^}]*"approve":true}}/.exec(JSON.stringify(card))![0];
  return events(server, "threads.custom_action", { thread_id: threadId, item_id: card.id, action: JSON.parse(approve) as object });
}

test("a server that writes respond and action itself asks for approval and goes on from the click", async () => {
  const server = ownServer();
  const { threadId } = await createThread(server, ASKING);
  expect(deleted).toEqual([]);
  const card = cardOf(await itemsOf(server, threadId))!;
  const sent = await approving(server, threadId, card);
  expect(deleted).toEqual(["a.txt"]);
  expect(textOf((sent.at(-1) as { item: ThreadItem }).item)).toBe("It is gone.");
  expect(JSON.stringify(cardOf(await itemsOf(server, threadId)))).toContain("Approved");
  expect((await approving(server, threadId, card)).at(-1)).toMatchObject({ type: "error", allow_retry: false });
  expect(deleted).toEqual(["a.txt"]);
});

test("a click on its card runs nothing once the person has written something else", async () => {
  const server = ownServer();
  const { threadId } = await createThread(server, ASKING);
  const card = cardOf(await itemsOf(server, threadId))!;
  const input = userInput(`Forget it. ${script([[{ text: "Fine." }]])}`);
  await events(server, "threads.add_user_message", { thread_id: threadId, input });
  const sent = await approving(server, threadId, card);
  expect(sent.at(-1)).toMatchObject({ type: "error", allow_retry: false, message: expect.stringContaining("the conversation has gone on") });
  expect(deleted).toEqual([]);
});

test("a run can be paused without a card of ours, and is resumed by a decision from elsewhere", async () => {
  const asked: string[] = [];
  const server = ownServer((chat, result) => ({
    pause: () => {
      asked.push(...result.interruptions.map(({ rawItem }) => (rawItem as { callId: string }).callId));
      return pauseRun(chat, result, { card: false });
    },
  }));
  const me = asker();
  const { threadId } = await createThread(server, ASKING, me);
  expect(cardOf(await itemsOf(server, threadId))).toBeUndefined();
  const chat = new AgentContext({ thread: await server.store.loadThread(threadId, me), store: server.store, requestContext: me });
  const result = await resumeRun(chat, agent, { callId: asked[0]!, approve: true }, { runner });
  await Array.fromAsync(streamAgentResponse(chat, result));
  expect(deleted).toEqual(["a.txt"]);
});
