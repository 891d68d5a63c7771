import { afterAll, describe, expect, test } from "bun:test";
import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import { AgentServer } from "../../../src/agents/agent-server.ts";
import { clientTool } from "../../../src/agents/client-tool.ts";
import { shapedMessages } from "../../../src/agents/models/chat/history.ts";
import { shapedInput } from "../../../src/agents/models/responses/history.ts";
import { configureModels } from "../../../src/agents/models/model-provider.ts";
import type { SentEvent } from "../../../src/protocol/events.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { asker, createThread, events, ports, stream, userInput } from "../../support/chat.ts";
import { call, calls, finish, hanging, OddServer, results, sse, text, type Asked } from "../../support/odd-server.ts";

const CASES: [name: string, given: object[], shaped: object[]][] = [
  [
    "text in parts is a string",
    [
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
    ],
    [{ role: "user", content: "a\nb" }],
  ],
  [
    "text beside an image stays a part",
    [
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: { url: "x" } },
        ],
      },
    ],
    [
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: { url: "x" } },
        ],
      },
    ],
  ],
  [
    "an empty text beside an image is left out",
    [
      {
        role: "user",
        content: [
          { type: "text", text: "" },
          { type: "image_url", image_url: { url: "x" } },
        ],
      },
    ],
    [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }],
  ],
  [
    "a part with a mark of its author's stays a part",
    [{ role: "user", content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] }],
    [{ role: "user", content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] }],
  ],
  [
    "neighbours of one role are one",
    [
      { role: "user", content: "a" },
      { role: "user", content: [{ type: "text", text: "b" }] },
      { role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] },
    ],
    [
      {
        role: "user",
        content: [
          { type: "text", text: "a\n\nb" },
          { type: "image_url", image_url: { url: "x" } },
        ],
      },
    ],
  ],
  [
    "system text comes first, as one",
    [
      { role: "system", content: "s" },
      { role: "user", content: "a" },
      { role: "system", content: "t" },
      { role: "assistant", content: "b" },
    ],
    [
      { role: "system", content: "s\n\nt" },
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ],
  ],
  [
    "what tools found stays apart",
    [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "1", type: "function", function: { name: "x", arguments: "{}" } },
          { id: "2", type: "function", function: { name: "y", arguments: "" } },
        ],
      },
      { role: "tool", tool_call_id: "1", content: "one" },
      { role: "tool", tool_call_id: "2", content: "two" },
    ],
    [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "1", type: "function", function: { name: "x", arguments: "{}" } },
          { id: "2", type: "function", function: { name: "y", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "1", content: "one" },
      { role: "tool", tool_call_id: "2", content: "two" },
    ],
  ],
  [
    "an answer before a call of its own is one with it",
    [
      { role: "user", content: "a" },
      { role: "assistant", content: [{ type: "text", text: "b", annotations: [] }] },
      { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "x", arguments: "{}" } }] },
    ],
    [
      { role: "user", content: "a" },
      { role: "assistant", content: "b", tool_calls: [{ id: "1", function: { name: "x", arguments: "{}" } }] },
    ],
  ],
  [
    "a question after what a tool found has an answer before it",
    [
      { role: "user", content: "a" },
      { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "x", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "1", content: "one" },
      { role: "user", content: "b" },
    ],
    [
      { role: "user", content: "a" },
      { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "x", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "1", content: "one" },
      { role: "assistant", content: "(No answer was given.)" },
      { role: "user", content: "b" },
    ],
  ],
  [
    "an answer that says nothing is none",
    [
      { role: "user", content: "a" },
      { role: "assistant", content: "" },
      { role: "user", content: "b" },
    ],
    [{ role: "user", content: "a\n\nb" }],
  ],
  [
    "a history that begins with an answer has a question before it",
    [{ role: "assistant", content: "Hi!" }],
    [
      { role: "user", content: "(The conversation begins here.)" },
      { role: "assistant", content: "Hi!" },
    ],
  ],
];

describe("messages for a chat completions server", () => {
  for (const [name, given, shaped] of CASES) test(name, () => expect(shapedMessages(given)).toEqual(shaped as never));
});

const odd = new OddServer();
// What comes after in this process gets the demo model again.
afterAll(async () => {
  configureModels({});
  await odd.stop();
});

/** What a chat template of a local model refuses. */
function refused({ messages }: Asked): Response | undefined {
  const system = messages.findLastIndex((message) => message.role === "system");
  // Mistral's own template leaves calls and what they found out of the count.
  const turns = messages.filter((message) => message.role === "user" || (message.role === "assistant" && !message.tool_calls));
  const isWrong = turns.some(({ role }, i) => role !== (i % 2 === 0 ? "user" : "assistant"));
  const isList = messages.some(({ content }) => typeof content !== "string" && content !== null);
  if (system <= 0 && !isWrong && !isList) return undefined;
  return Response.json({ error: { message: "Conversation roles must alternate user/assistant/user/assistant/..." } }, { status: 400 });
}

/** What was said last, alone: messages that were not answered come before it in one. */
const said = (asked: Asked) => String(asked.messages.at(-1)?.content).split("\n\n").at(-1)!;

odd.model("template", (asked) => {
  const refusal = refused(asked);
  if (refusal) return refusal;
  if (said(asked).includes("SLOW")) return hanging(...text("Slowly "));
  if (said(asked).includes("FAIL")) return Response.json({ error: { message: "down" } }, { status: 503 });
  if (said(asked).includes("SELECT")) return sse(calls(call("select", "{}", { index: 0, id: "c1" })), finish("tool_calls"));
  return sse(...text("Fine."), finish("stop"));
});
odd.model("tools", (asked) => results(asked) ?? sse(calls(call("look", "{}", { index: 0, id: "c1" })), finish("tool_calls")));

const look = tool({ name: "look", description: "", parameters: z.object({}), execute: () => "seen" });
const select = clientTool({ name: "select", description: "", parameters: z.object({}) });
const agent = new Agent({ name: "A", instructions: "Be brief.", tools: [look, select] });

describe("a template that wants user and assistant in turn is satisfied", () => {
  const fine = (sent: SentEvent[]) => {
    expect(sent.filter((event) => event.type === "error")).toEqual([]);
    const items = sent.flatMap((event) =>
      event.type === "thread.item.done" && event.item.type === "assistant_message" ? [event.item] : [],
    );
    expect(items.map((item) => item.content[0]?.text)).toEqual(["Fine."]);
  };

  async function conversation() {
    configureModels({ baseURL: odd.url, model: "template", api: "chat_completions", maxRetries: 0 });
    const server = new AgentServer(ports(new MemoryStore<RequestContext>()), { agent, models: ["tools"], title: false });
    const context = asker();
    const { threadId } = await createThread(server, "Hello", context);
    const say = (what: string, more: object = {}) =>
      events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(what, more) }, context);
    return { server, context, threadId, say };
  }

  test("after a turn with a tool", async () => {
    const { say } = await conversation();
    await say("Look", { inference_options: { model: "tools" } });
    fine(await say("Hello"));
  });

  test("after Stop, with a text and without", async () => {
    const { server, threadId, say } = await conversation();
    for (const until of ["text_delta", "stream_options"]) {
      const leaving = asker();
      for await (const event of stream(server, "threads.add_user_message", { thread_id: threadId, input: userInput("SLOW") }, leaving)) {
        if (JSON.stringify(event).includes(until)) leaving.leave();
      }
      fine(await say("Hello"));
    }
  });

  test("with a quote, a mention and after an answer that failed", async () => {
    const { say } = await conversation();
    fine(await say("Hello", { quoted_text: "Fine." }));
    await say("FAIL");
    const tag = { type: "input_tag", id: "t", text: "Alice", data: {}, group: "", interactive: false };
    fine(await say("", { content: [{ type: "input_text", text: "And " }, tag] }));
  });

  test("after a call that the page has answered, and one that failed after that", async () => {
    const { server, context, threadId, say } = await conversation();
    await say("SELECT");
    fine(await events(server, "threads.add_client_tool_output", { thread_id: threadId, result: "words" }, context));
    fine(await say("Hello"));
    await say("SELECT");
    await events(server, "threads.add_client_tool_output", { thread_id: threadId, result: "FAIL" }, context);
    fine(await say("Hello"));
  });
});

describe("the input of a request to the Responses API", () => {
  test("has the output of a tool as a text when it is only texts, as older servers take it", () => {
    const output = (...parts: object[]) => ({ type: "function_call_output", call_id: "c", output: parts });
    const [one, image] = [{ type: "input_text", text: "a" }, { type: "input_image", image_url: "x" }];
    expect(shapedInput([output(one, one), output(one, image), { role: "user", content: [one] }])).toEqual([
      { type: "function_call_output", call_id: "c", output: "a\na" },
      output(one, image),
      { role: "user", content: [one] },
    ]);
  });
});
