import { afterAll, describe, expect, test } from "bun:test";
import { tool } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../../src/agents/agent-context.ts";
import { clientTool } from "../../../src/agents/client-tool.ts";
import { assistant, doneItems, outline, texts, turn } from "../../support/agent-turn.ts";
import { chat } from "../../support/chat-context.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());
const api = "chat_completions" as const;
const PART = "assistant_message.content_part";

const weather = tool({
  name: "get_weather",
  description: "Weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }, run) => {
    agentContext(run).stream({ type: "progress_update", text: city });
    return "sunny";
  },
});

describe("a chat completions model", () => {
  test("streams a message like any other", async () => {
    const { events } = await turn(server, [[{ text: "Hello there" }]], { api });
    expect(outline(events)).toEqual([
      "added assistant_message",
      `${PART}.added`,
      `${PART}.text_delta`,
      `${PART}.text_delta`,
      `${PART}.done`,
      "done assistant_message",
    ]);
    expect(texts(events)).toEqual(["Hello there"]);
  });

  test("that has one id for all there is overwrites nothing, in this turn or the next", async () => {
    const it = await chat();
    const agent = assistant({ tools: [weather] });
    const script = [[{ text: "Looking." }, { tool: "get_weather", args: { city: "Oslo" } }], [{ text: "Sunny." }]];
    const first = await turn(server, script, { api, agent, chat: it });
    const second = await turn(server, [[{ text: "Again." }]], { api, agent, chat: it });
    expect(texts(first.events)).toEqual(["Looking.", "Sunny."]);
    const ids = [...doneItems(first.events), ...doneItems(second.events)].map((item) => item.id);
    expect(new Set(ids).size).toBe(3);
  });

  test("has its tools' events between its messages", async () => {
    const agent = assistant({ tools: [weather] });
    const script = [[{ text: "Looking." }, { tool: "get_weather", args: { city: "Oslo" } }], [{ text: "Sunny." }]];
    const { events } = await turn(server, script, { api, agent });
    expect(outline(events).filter((line) => !line.startsWith("assistant_message"))).toEqual([
      "added assistant_message",
      "done assistant_message",
      "progress_update",
      "added assistant_message",
      "done assistant_message",
    ]);
  });

  test("shows a refusal", async () => {
    const { events, error } = await turn(server, [[{ refusal: "No." }]], { api });
    expect(error).toBeUndefined();
    expect(texts(events)).toEqual(["No."]);
  });

  test("stops for the page's answer", async () => {
    const before = server.requests.length;
    const select = clientTool({ name: "get_selection", description: "", parameters: z.object({ project: z.string() }) });
    const script = [[{ tool: "get_selection", args: { project: "p" } }], [{ text: "Never." }]];
    const { events } = await turn(server, script, { api, agent: assistant({ tools: [select] }) });
    const call = { type: "client_tool_call", status: "pending", name: "get_selection", arguments: { project: "p" } };
    expect(doneItems(events)).toMatchObject([call]);
    expect(server.requests.length - before).toBe(1);
  });

  test("that is lost mid-answer fails the run; what it has said is kept, and it is said that it broke off", async () => {
    const { events, error } = await turn(server, [[{ text: "Half an" }, { abort: true }]], { api });
    expect(error).toBeInstanceOf(Error);
    expect(texts(events)).toEqual(["Half an"]);
    expect(events.at(-1)).toMatchObject({ type: "notice", level: "warning", message: expect.stringContaining("broke off") });
  });
});
