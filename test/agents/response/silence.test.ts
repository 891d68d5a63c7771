import { afterAll, describe, expect, test } from "bun:test";
import { MaxTurnsExceededError, tool } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../../src/agents/agent-context.ts";
import { assistant, doneItems, outline, turn } from "../../support/agent-turn.ts";
import type { OutputSpec } from "../../support/model-script.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());

const showing = tool({
  name: "show",
  description: "",
  parameters: z.object({ text: z.string() }),
  execute: async ({ text }, run) => {
    await agentContext(run).streamWidget({ type: "Card", children: [{ type: "Text", value: text }] });
    return "shown";
  },
});

const emptyMessage = {
  raw: { type: "response.output_item.added", output_index: 0, item: { id: "m", type: "message", role: "assistant", content: [] } },
  output: { id: "m", type: "message", role: "assistant", status: "completed", content: [] },
};

describe("a response that says nothing", () => {
  const silent: [string, OutputSpec[]][] = [
    ["no output", []],
    ["thoughts only", [{ reasoning: ["Hm."] }]],
    ["a message without a text", [emptyMessage]],
  ];

  test.each(silent)("but %s ends the answer: the model is not asked again", async (_, output) => {
    const before = server.requests.length;
    const { error } = await turn(server, [output]);
    expect(error).toBeUndefined();
    expect(server.requests.length - before).toBe(1);
  });

  test("after a tool ends the answer, too", async () => {
    const agent = assistant({ tools: [showing] });
    const { events, error } = await turn(server, [[{ tool: "show", args: { text: "x" } }], []], { agent });
    expect(error).toBeUndefined();
    expect(outline(events)).toEqual(["done widget"]);
  });

  test("ends the answer of a chat completions model, too", async () => {
    const { events, error } = await turn(server, [[]], { api: "chat_completions" });
    expect({ events, error }).toEqual({ events: [], error: undefined });
  });

  test("but thoughts leaves them stored, for the next run to go on with", async () => {
    const { events, store } = await turn(server, [[{ reasoning: ["Hm."] }]]);
    expect(doneItems(events)).toEqual([]);
    expect(store.writes).toMatchObject([{ type: "workflow", workflow: { tasks: [{ content: "Hm." }] } }]);
  });

  test("is no answer for an agent whose output has a form of its own", async () => {
    const agent = assistant({ outputType: z.object({ sum: z.number() }) });
    const { error } = await turn(server, [[]], { agent, maxTurns: 2 });
    expect(error).toBeInstanceOf(MaxTurnsExceededError);
  });
});
