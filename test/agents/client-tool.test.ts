import { afterAll, describe, expect, test } from "bun:test";
import { tool } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../src/agents/agent-context.ts";
import { clientTool } from "../../src/agents/client-tool.ts";
import type { WorkflowItem } from "../../src/protocol/items.ts";
import { assistant, doneItems, outline, say, turn } from "../support/agent-turn.ts";
import { ResponsesServer } from "../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());

const select = clientTool({ name: "get_selection", description: "What is selected.", parameters: z.object({ project: z.string() }) });
const agent = assistant({ tools: [select] });
/** What the model would say if it were asked again. */
const NEVER = [{ text: "Never." }];
const asked = { tool: "get_selection", args: { project: "p" } };
const calls = (events: Parameters<typeof doneItems>[0]) => doneItems(events).filter((item) => item.type === "client_tool_call");

async function requestsOf<T>(work: () => Promise<T>): Promise<[T, number]> {
  const before = server.requests.length;
  const result = await work();
  // Long enough for a request that should not have been made.
  await Bun.sleep(30);
  return [result, server.requests.length - before];
}

describe("a client tool", () => {
  test("is pending with the model's call id, and the model is not asked again", async () => {
    const [{ events, error }, requests] = await requestsOf(() => turn(server, [[asked], NEVER], { agent }));
    expect(error).toBeUndefined();
    expect(requests).toBe(1);
    const call = { status: "pending", name: "get_selection", arguments: { project: "p" }, call_id: expect.stringMatching(/^call_/) };
    expect(events).toMatchObject([{ type: "thread.item.done", item: { type: "client_tool_call", ...call } }]);
  });

  test("lets the other tools of the turn finish, and keeps its own id among theirs", async () => {
    let callId: string | undefined;
    const slow = tool({
      name: "slow",
      description: "",
      parameters: z.object({}),
      execute: async (_, run, details) => {
        callId = details?.toolCall?.callId;
        await Bun.sleep(20);
        agentContext(run).stream({ type: "progress_update", text: "slow but done" });
        return "done";
      },
    });
    const both = assistant({ tools: [select, slow] });
    const [{ events }, requests] = await requestsOf(() => turn(server, [[asked, { tool: "slow" }], NEVER], { agent: both }));
    expect(outline(events)).toEqual(["progress_update", "done client_tool_call"]);
    expect(requests).toBe(1);
    expect(calls(events)[0]).toMatchObject({ name: "get_selection" });
    expect(calls(events)[0]).not.toMatchObject({ call_id: callId });
  });

  test("after text comes after it", async () => {
    const { events } = await turn(server, [[{ text: "One moment." }, asked], NEVER], { agent });
    expect(doneItems(events).map((item) => item.type)).toEqual(["assistant_message", "client_tool_call"]);
  });

  test("called twice in one turn asks the page once, for the last call", async () => {
    const twice = [asked, { tool: "get_selection", args: { project: "q" } }];
    const { events } = await turn(server, [twice, NEVER], { agent });
    expect(calls(events)).toMatchObject([{ arguments: { project: "q" } }]);
  });

  test("called with arguments that do not fit asks the model again, not the page", async () => {
    const script = [[{ tool: "get_selection", args: { projekt: 1 } }], [{ text: "Let me see." }]];
    const { events } = await turn(server, script, { agent });
    expect(calls(events)).toEqual([]);
    expect(doneItems(events).map((item) => item.type)).toEqual(["assistant_message"]);
  });

  test("may show progress first, or refuse", async () => {
    const careful = clientTool({
      name: "get_selection",
      description: "",
      parameters: z.object({ project: z.string() }),
      onCall: ({ project }, context) => {
        if (project === "secret") throw new Error("not that one");
        context.stream({ type: "progress_update", text: project });
      },
    });
    const other = assistant({ tools: [careful] });
    const allowed = await turn(server, [[asked], NEVER], { agent: other });
    expect(outline(allowed.events)).toEqual(["progress_update", "done client_tool_call"]);
    const secret = { tool: "get_selection", args: { project: "secret" } };
    const refused = await turn(server, [[secret], [{ text: "I may not." }]], { agent: other });
    expect(doneItems(refused.events).map((item) => item.type)).toEqual(["assistant_message"]);
  });

  test("leaves a workflow open, stored before the call", async () => {
    const { events, store } = await turn(server, [[{ reasoning: ["Hm."] }, asked], NEVER], { agent });
    expect(doneItems(events).map((item) => item.type)).toEqual(["client_tool_call"]);
    expect((store.writes as WorkflowItem[]).map((item) => item.workflow.tasks.length)).toEqual([1]);
  });

  test("is any tool that sets the context's call", async () => {
    const own = tool({
      name: "own",
      description: "",
      parameters: z.object({}),
      execute: async (_, run) => {
        agentContext(run).clientToolCall = { name: "from_the_page", arguments: { a: 1 } };
        return "asked";
      },
    });
    const [{ events }, requests] = await requestsOf(() => turn(server, [[{ tool: "own" }], NEVER], { agent: assistant({ tools: [own] }) }));
    expect(calls(events)).toMatchObject([{ name: "from_the_page", arguments: { a: 1 }, call_id: expect.stringMatching(/^call_/) }]);
    expect(requests).toBe(1);
  });

  test("of an agent that is a tool stops both runs", async () => {
    const inner = assistant({ name: "Inner", tools: [select] });
    const outer = assistant({ tools: [inner.asTool({ toolName: "inner", toolDescription: "" })] });
    const input = say([[asked], NEVER]);
    const [{ events }, requests] = await requestsOf(() => turn(server, [[{ tool: "inner", args: { input } }], NEVER], { agent: outer }));
    expect(calls(events)).toMatchObject([{ name: "get_selection", arguments: { project: "p" } }]);
    expect(requests).toBe(2);
  });
});
