import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import { AgentServer } from "../../../src/agents/agent-server.ts";
import { clientTool } from "../../../src/agents/client-tool.ts";
import { configureModels } from "../../../src/agents/models/model-provider.ts";
import type { SentEvent } from "../../../src/protocol/events.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { asker, createThread, events, itemsOf, ports, userInput } from "../../support/chat.ts";
import { call, calls, chunk, finish, OddServer, sse, text, type Asked } from "../../support/odd-server.ts";

const odd = new OddServer();
afterEach(() => void (odd.asked.length = 0));
// What comes after in this process gets the demo model again.
afterAll(async () => {
  configureModels({});
  await odd.stop();
});

const look = tool({ name: "look", description: "", parameters: z.object({}), execute: () => "seen" });
const pay = tool({ name: "pay", description: "", parameters: z.object({}), needsApproval: true, execute: () => "paid" });
const select = clientTool({ name: "select", description: "", parameters: z.object({}) });
const agent = new Agent({ name: "A", instructions: "Be brief.", tools: [look, pay, select] });

const SIGNATURE = { google: { thought_signature: "SIG==" } };
const DETAILS = [{ type: "reasoning.encrypted", data: "abc", index: 0 }];
const BLOCKS = [{ type: "thinking", thinking: "Hm.", signature: "SIG" }];
const MODELS = ["gemini", "deepseek", "quiet", "groq", "openrouter", "litellm", "plain"];
/** What each says beside its call, and then with it. */
const BESIDE: Record<string, object> = {
  deepseek: { reasoning_content: " Hm, hm. " },
  // DeepSeek again, without a thought: it wants the field all the same.
  quiet: { reasoning_content: "" },
  litellm: { reasoning_content: "Hm.", thinking_blocks: BLOCKS },
  groq: { reasoning: "Hm." },
  openrouter: { reasoning: "Hm.", reasoning_details: DETAILS },
};
const ON_CALL: Record<string, object> = { gemini: { extra_content: SIGNATURE } };

/** Calls the tool that the person names, until it has been called; strict as some are: what it does not know it refuses. */
function strict({ model, messages }: Asked): Response {
  const unknown = messages.flatMap((message) => unknownIn(model, message));
  if (unknown.length > 0) return Response.json({ error: { message: `property '${unknown}' is unsupported` } }, { status: 400 });
  const last = messages.at(-1)!;
  if (last.role !== "user") return sse(...text("Done."), finish("stop"));
  const name = /look|pay|select/.exec(JSON.stringify(last.content))?.[0];
  if (!name) return sse(...text("Fine."), finish("stop"));
  const beside = BESIDE[model] ? [chunk(BESIDE[model])] : [];
  return sse(...beside, calls(call(name, "{}", { index: 0, id: "c1", ...ON_CALL[model] })), finish("tool_calls"));
}

function unknownIn(model: string, message: Asked["messages"][number]): string[] {
  const known = ["role", "content", "tool_calls", "tool_call_id", ...(message.tool_calls ? Object.keys(BESIDE[model] ?? {}) : [])];
  const knownOfCalls = ["id", "type", "function", ...Object.keys(ON_CALL[model] ?? {})];
  const fields = Object.keys(message).filter((field) => !known.includes(field));
  return [...fields, ...(message.tool_calls ?? []).flatMap((one) => Object.keys(one).filter((field) => !knownOfCalls.includes(field)))];
}

for (const model of MODELS) odd.model(model, strict);

const store = new MemoryStore<RequestContext>();

/** A server as after a start: nothing of an earlier one is in its memory. */
function started(): AgentServer {
  configureModels({ baseURL: odd.url, model: "plain", api: "chat_completions", maxRetries: 0 });
  return new AgentServer(ports(store), { agent, models: MODELS, title: false });
}

const by = (model: string) => ({ inference_options: { model } });
const errors = (sent: SentEvent[]) => sent.filter((event) => event.type === "error");
/** The message with the call, as that model was sent it last. */
const withCall = (model: string) => odd.asked.findLast((asked) => asked.model === model)!.messages.find((message) => message.tool_calls);

async function begin(server: AgentServer, what: string, model: string, context: RequestContext) {
  const sent = await events(server, "threads.create", { input: userInput(what, by(model)) }, context);
  return { threadId: sent[0]?.type === "thread.created" ? sent[0].thread.id : "", sent };
}

describe("what came with a call comes back with it", () => {
  test.each(["gemini", "deepseek", "quiet", "groq", "openrouter", "litellm"])("within a run, for %s", async (model) => {
    const { sent } = await begin(started(), "look", model, asker());
    expect(errors(sent)).toEqual([]);
    const message = withCall(model);
    expect(message).toMatchObject(BESIDE[model] ?? {});
    expect(message?.tool_calls).toEqual([expect.objectContaining(ON_CALL[model] ?? {})]);
  });

  test.each(["gemini", "deepseek"])("from the thread's history after the page's answer, for %s", async (model) => {
    const context = asker();
    const { threadId, sent } = await begin(started(), "select", model, context);
    const rest = await events(started(), "threads.add_client_tool_output", { thread_id: threadId, result: "words" }, context);
    expect([...errors(sent), ...errors(rest)]).toEqual([]);
    expect(withCall(model)).toMatchObject({ ...BESIDE[model], tool_calls: [ON_CALL[model] ?? {}] });
    const later = await events(
      started(),
      "threads.add_user_message",
      { thread_id: threadId, input: userInput("And?", by(model)) },
      context,
    );
    expect(errors(later)).toEqual([]);
    expect(withCall(model)).toMatchObject({ ...BESIDE[model], tool_calls: [ON_CALL[model] ?? {}] });
  });

  test.each(["gemini", "deepseek"])("from a paused run, for %s", async (model) => {
    const context = asker();
    const { threadId, sent } = await begin(started(), "pay", model, context);
    const card = sent.flatMap((event) => (event.type === "thread.item.done" && event.item.type === "widget" ? [event.item] : []))[0];
    const action = JSON.parse(/"onClickAction":(\{.*?\}\})/.exec(JSON.stringify(card))![1]!);
    const rest = await events(started(), "threads.custom_action", { thread_id: threadId, item_id: card?.id, action }, context);
    expect(errors(rest)).toEqual([]);
    expect(withCall(model)).toMatchObject({ ...BESIDE[model], tool_calls: [ON_CALL[model] ?? {}] });
  });

  test("to nobody else: another model of the thread is sent nothing that it does not know", async () => {
    const context = asker();
    const { threadId } = await begin(started(), "select", "gemini", context);
    await events(started(), "threads.add_client_tool_output", { thread_id: threadId, result: "words" }, context);
    for (const model of ["plain", "deepseek"]) {
      const sent = await events(
        started(),
        "threads.add_user_message",
        { thread_id: threadId, input: userInput("And?", by(model)) },
        context,
      );
      expect(errors(sent)).toEqual([]);
      expect(JSON.stringify(odd.asked.at(-1))).not.toContain("SIG==");
    }
  });

  test("to no page: neither the stream nor a reload has it", async () => {
    const context = asker();
    const { threadId, sent } = await begin(started(), "select", "gemini", context);
    const seen = JSON.stringify([sent, await itemsOf(started(), threadId, context)]);
    expect(seen).toContain("client_tool_call");
    expect(seen).not.toMatch(/SIG==|metadata":\{"/);
    expect(JSON.stringify(await store.loadThreadItems(threadId, null, 10, "asc", context))).toContain("SIG==");
  });

  test("not to another server under the same name of a model", async () => {
    const context = asker();
    const { threadId } = await begin(started(), "select", "gemini", context);
    const other = new OddServer();
    other.model("gemini", () => sse(...text("Fine."), finish("stop")));
    try {
      configureModels({ baseURL: other.url, model: "gemini", api: "chat_completions" });
      const server = new AgentServer(ports(store), { agent, title: false });
      await events(server, "threads.add_client_tool_output", { thread_id: threadId, result: "words" }, context);
      expect(other.asked[0]?.messages.some((message) => message.tool_calls)).toBe(true);
      expect(JSON.stringify(other.asked)).not.toContain("SIG==");
    } finally {
      await other.stop();
    }
  });
});

test("thoughts of an answer without a call go nowhere", async () => {
  const context = asker();
  odd.model("thinker", ({ messages }) =>
    messages.some((message) => "reasoning_content" in message || "reasoning" in message)
      ? new Response("unknown field", { status: 400 })
      : sse(chunk({ reasoning: "Hm." }), ...text("Hi."), finish("stop")),
  );
  configureModels({ baseURL: odd.url, model: "thinker", api: "chat_completions" });
  const server = new AgentServer(ports(store), { agent, title: false });
  const { threadId } = await createThread(server, "Hello", context);
  expect(errors(await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("And?") }, context))).toEqual([]);
});
