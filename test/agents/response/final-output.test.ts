import { afterAll, beforeAll, expect, test } from "bun:test";
import { tool, type RunContext } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../../src/agents/agent-context.ts";
import { ResponseStreamConverter } from "../../../src/agents/response/response-stream-converter.ts";
import { assistant, texts, turn } from "../../support/agent-turn.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

let server: ResponsesServer;
beforeAll(() => void (server = new ResponsesServer()));
afterAll(() => server.stop());

const making = (execute: (input: object, run?: RunContext) => unknown) => tool({ name: "make", description: "", parameters: z.object({}), execute });
const CALL = [[{ text: "Let me see." }, { tool: "make" }], [{ text: "Never." }]];
const toolUseBehavior = "stop_on_first_tool";

test.each([
  ["a text", "It is 21 degrees.", "It is 21 degrees."],
  ["a text part, as MCP servers send it", { type: "text", text: "21 degrees" }, "21 degrees"],
  ["a structured value", { degrees: 21 }, '{"degrees":21}'],
])("an agent that stops at the first tool answers with its output: %s", async (_what, output, expected) => {
  const agent = assistant({ tools: [making(() => output)], toolUseBehavior });
  const { events, error } = await turn(server, CALL, { agent });
  expect(error).toBeUndefined();
  expect(texts(events)).toEqual(["Let me see.", expected]);
});

test("the output is not the answer when the tool has shown something itself", async () => {
  const showing = making(async (_input, run) => {
    await agentContext(run).streamWidget({ type: "Card", children: [] });
    return "shown";
  });
  const { events } = await turn(server, CALL, { agent: assistant({ tools: [showing], toolUseBehavior }) });
  expect(texts(events)).toEqual(["Let me see."]);
});

test("a structured output that no message has said is shown, by the agent's own converter if it has one", async () => {
  const toolUseBehavior = () => ({ isFinalOutput: true as const, isInterrupted: undefined, finalOutput: JSON.stringify({ city: "Rome" }) });
  const agent = assistant({ tools: [making(() => "x")], outputType: z.object({ city: z.string() }) as never, toolUseBehavior: toolUseBehavior as never });
  class Own extends ResponseStreamConverter {
    override outputToText(output: unknown): string {
      return `It is ${(output as { city: string }).city}.`;
    }
  }
  const call = [[{ tool: "make" }]];
  expect(texts((await turn(server, call, { agent })).events)).toEqual(['{\n  "city": "Rome"\n}']);
  expect(texts((await turn(server, call, { agent, options: { converter: new Own() } })).events)).toEqual(["It is Rome."]);
});
