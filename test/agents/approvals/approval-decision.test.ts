import { Agent, tool } from "@openai/agents";
import { afterAll, expect, test } from "bun:test";
import { z } from "zod";
import { AgentContext } from "../../../src/agents/agent-context.ts";
import { approvalAnswered, approvalDecision } from "../../../src/agents/approvals/approval-decision.ts";
import { resumeRun } from "../../../src/agents/approvals/pause-run.ts";
import { streamAgentResponse } from "../../../src/agents/response/stream-agent-response.ts";
import type { ThreadItem, WidgetItem } from "../../../src/protocol/items.ts";
import { runnerFor } from "../../support/agent-turn.ts";
import { createThread, events, itemsOf, ports, Scripted, textOf } from "../../support/chat.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const model = new ResponsesServer();
afterAll(() => model.stop());
const runner = runnerFor(model);

test("a server that writes respond and action itself asks for approval and goes on from the click", async () => {
  const deleted: string[] = [];
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
  const server: Own = new Own(async function* (thread, message, context) {
    const chat = new AgentContext({ thread, store: server.store, requestContext: context });
    yield* streamAgentResponse(chat, await runner.run(agent, message ? textOf(message) : "", { stream: true, context: chat }));
  }, ports());

  const script = JSON.stringify({ turns: [[{ tool: "delete_file", args: { name: "a.txt" } }], [{ text: "It is gone." }]] });
  const { threadId } = await createThread(server, `Delete it. [[fake:${script}]]`);
  expect(deleted).toEqual([]);
  const widget = (await itemsOf(server, threadId)).find((item): item is WidgetItem => item.type === "widget");
  const approve = /{"type":"chatkit.approval","payload":{[^}]*"approve":true}}/.exec(JSON.stringify(widget))![0];
  const click = () => events(server, "threads.custom_action", { thread_id: threadId, item_id: widget!.id, action: JSON.parse(approve) as object });
  const sent = await click();
  expect(deleted).toEqual(["a.txt"]);
  expect(textOf((sent.at(-1) as { item: ThreadItem }).item)).toBe("It is gone.");
  expect(JSON.stringify((await itemsOf(server, threadId)).find((item) => item.id === widget!.id))).toContain("Approved");
  expect((await click()).at(-1)).toMatchObject({ type: "error", allow_retry: false });
  expect(deleted).toEqual(["a.txt"]);
});
