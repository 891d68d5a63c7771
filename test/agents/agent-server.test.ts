import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../src/agents/agent-context.ts";
import { AgentServer, type AgentServerOptions } from "../../src/agents/agent-server.ts";
import { clientTool } from "../../src/agents/client-tool.ts";
import { onAgentRun, type AgentRunReport } from "../../src/agents/usage.ts";
import type { SentEvent } from "../../src/protocol/events.ts";
import type { WorkflowItem } from "../../src/protocol/items.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { assistant, runnerFor, say } from "../support/agent-turn.ts";
import { asker, createThread, events, itemsOf, ports, recordingLogger, stream, textOf, threadOf, userInput } from "../support/chat.ts";
import type { OutputSpec } from "../support/model-script.ts";
import { ResponsesServer } from "../support/responses-server.ts";

let model: ResponsesServer;
beforeAll(() => void (model = new ResponsesServer()));
beforeEach(() => void (model.requests.length = 0));
afterAll(() => model.stop());

const logger = recordingLogger();
afterEach(() => void (logger.lines.length = 0));

function serverOf(options: Partial<AgentServerOptions> = {}): AgentServer {
  return new AgentServer(ports(new MemoryStore(), logger), { agent: assistant(), runner: runnerFor(model), ...options });
}

const weather = tool({
  name: "get_weather",
  description: "Weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `It is sunny in ${city}.`,
});
const failing = tool({
  name: "failing_tool",
  description: "",
  parameters: z.object({}),
  execute: () => Promise.reject(new Error("secret detail")),
});
const showCard = tool({
  name: "show_card",
  description: "",
  parameters: z.object({}),
  execute: async (_input, run) => {
    await agentContext(run).streamWidget({ type: "Card", children: [] });
    return "shown";
  },
});

function doneItem<T extends string>(sent: SentEvent[], type: T) {
  return sent.flatMap((event) => (event.type === "thread.item.done" && event.item.type === type ? [event.item] : []))[0];
}

function inputOf(index = -1): { role?: string; type?: string; content?: unknown }[] {
  return model.requests.at(index)?.body.input as never;
}

describe("an AgentServer", () => {
  test("answers with its agent and remembers the conversation", async () => {
    const server = serverOf();
    const { threadId, events: sent } = await createThread(server, `first ${say([[{ text: "one" }]])}`);
    expect(textOf(doneItem(sent, "assistant_message"))).toBe("one");
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("second") });
    expect(inputOf().map((item) => item.role)).toEqual(["user", "assistant", "user"]);
  });

  test("shows the model the newest items only, as many as it is told", async () => {
    const server = serverOf({ historyItems: 3 });
    const { threadId } = await createThread(server, "message 0");
    for (const n of [1, 2, 3]) await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(`message ${n}`) });
    expect(inputOf()).toHaveLength(3);
    expect(JSON.stringify(inputOf())).not.toContain("message 1");
  });

  test("reads the history once for a turn", async () => {
    let reads = 0;
    class Counting extends MemoryStore {
      override loadThreadItems(...args: Parameters<MemoryStore["loadThreadItems"]>) {
        reads++;
        return super.loadThreadItems(...args);
      }
    }
    const server = new AgentServer(ports(new Counting()), { agent: assistant(), runner: runnerFor(model) });
    await createThread(server, "hi");
    expect(reads).toBe(1);
  });

  test("has steps to override: the agent, the model's input, the context", async () => {
    class Special extends AgentServer {
      protected override selectAgent() {
        return assistant({ name: "Other", instructions: "Other instructions." });
      }
      protected override async modelInput() {
        return [{ type: "message" as const, role: "user" as const, content: "something else" }];
      }
    }
    await createThread(new Special(ports(), { agent: assistant(), runner: runnerFor(model) }), "hi");
    expect(model.requests[0]?.body).toMatchObject({ instructions: "Other instructions." });
    expect(JSON.stringify(inputOf())).toContain("something else");
  });

  test("stops the model when the client goes away, and keeps what was readable", async () => {
    const server = serverOf();
    const me = asker();
    const before = model.aborted;
    const script = say({ turns: [[{ text: "one two three four five six seven eight" }]], delay: 30 });
    let threadId = "";
    for await (const event of stream(server, "threads.create", { input: userInput(script) }, me)) {
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "thread.item.updated" && event.update.type.endsWith("text_delta")) me.leave();
    }
    const items = await itemsOf(server, threadId);
    expect(textOf(items.at(-1))).toMatch(/^one /);
    for (let wait = 0; model.aborted === before && wait < 100; wait++) await Bun.sleep(10);
    expect(model.aborted).toBe(before + 1);
    expect(logger.lines.find((line) => line.message === "agent run")?.fields).toMatchObject({ outcome: "cancelled" });
  });

  test("ends an answer that takes too long with an error that can be retried", async () => {
    const { events: sent } = await createThread(serverOf({ timeoutMs: 100 }), say([[{ text: "wait" }, { hang: true }]]));
    expect(sent.filter((event) => event.type === "error")).toEqual([{ type: "error", code: "stream.error", allow_retry: true }]);
    expect(logger.lines.find((line) => line.level === "error")?.fields).toMatchObject({ err: { code: "model_timeout" } });
  });

  test.each<[string, OutputSpec[], string]>([
    ["a server error", [{ http_error: { status: 500, message: "down" } }], "model_unavailable"],
    ["too many requests", [{ http_error: { status: 429, message: "slow" } }], "model_unavailable"],
    ["a gateway's timeout", [{ http_error: { status: 504, message: "late" } }], "model_timeout"],
    ["a lost connection", [{ text: "half" }, { abort: true }], "model_unavailable"],
  ])("says of %s that it can be tried again, and logs what it was", async (_name, turn, code) => {
    const { events: sent } = await createThread(serverOf({ title: false }), say([turn]));
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: true });
    expect(logger.lines.find((line) => line.level === "error")?.fields).toMatchObject({ err: { code } });
  });

  test("says of a refused key that trying again is no use, and tells the operator what to do", async () => {
    const { events: sent } = await createThread(serverOf({ title: false }), say([[{ http_error: { status: 401, message: "no" } }]]));
    expect(sent.at(-1)).toEqual({ type: "error", code: "stream.error", allow_retry: false });
    const cause = { message: expect.stringContaining("check OPENAI_API_KEY"), cause: { message: "401 no" } };
    expect(logger.lines.find((line) => line.level === "error")?.fields).toMatchObject({ err: { code: "model_unavailable", cause } });
  });

  test("says of a conversation that is too long what the person can do", async () => {
    const http_error = { status: 400, message: "too many tokens", code: "context_length_exceeded" };
    const { events: sent } = await createThread(serverOf({ title: false }), say([[{ http_error }]]));
    expect(sent.at(-1)).toEqual({ type: "error", code: "custom", allow_retry: false, message: expect.stringContaining("too long for the model") });
  });

  test("keeps what an answer that takes too long has said, and says that it broke off", async () => {
    const server = serverOf({ timeoutMs: 300 });
    const half = { raw: { type: "response.output_text.delta", item_id: "m", output_index: 0, content_index: 0, delta: "wait" } };
    const { threadId, events: sent } = await createThread(server, say([[half, { hang: true }]]));
    expect(sent.filter((event) => event.type === "notice")).toMatchObject([{ message: expect.stringContaining("broke off") }]);
    expect(textOf((await itemsOf(server, threadId)).at(-1))).toBe("wait");
  });

  test("says in plain words that an answer took too many steps", async () => {
    const call = (city: string) => [{ tool: "get_weather", args: { city } }];
    const loop = say([call("Rome"), call("Oslo"), [{ text: "never" }]]);
    const { events: sent } = await createThread(serverOf({ agent: assistant({ tools: [weather] }), maxTurns: 2 }), loop);
    expect(sent.at(-1)).toMatchObject({ type: "error", code: "custom", allow_retry: true, message: expect.stringContaining("more steps") });
  });
});

describe("the use of tools", () => {
  const call = (name: string, args: object = {}) => say([[{ tool: name, args }], [{ text: "done" }]]);
  const agent = assistant({ tools: [weather, failing, showCard] });

  test("is a workflow task that loads and becomes complete", async () => {
    const { events: sent } = await createThread(serverOf({ agent }), call("get_weather", { city: "Rome" }));
    const added = sent.find((event) => event.type === "thread.item.added" && event.item.type === "workflow");
    expect(added).toMatchObject({ item: { workflow: { tasks: [{ type: "custom", title: "Get weather", status_indicator: "loading" }] } } });
    const workflow = doneItem(sent, "workflow") as WorkflowItem;
    expect(workflow.workflow.tasks).toEqual([{ type: "custom", title: "Get weather", status_indicator: "complete" }]);
    const types = sent.flatMap((event) => (event.type === "thread.item.done" ? [event.item.type] : []));
    expect(types).toEqual(["user_message", "workflow", "assistant_message"]);
  });

  test("that fails is shown as failed, without the error's text", async () => {
    const server = serverOf({ agent });
    const { threadId } = await createThread(server, call("failing_tool"));
    const items = await itemsOf(server, threadId);
    const workflow = items.find((item) => item.type === "workflow");
    expect(workflow?.workflow.tasks).toEqual([{ type: "custom", title: "Failing tool", status_indicator: "none", content: "Failed." }]);
    expect(JSON.stringify(items.slice(1))).not.toContain("secret detail");
  });

  test("is shown as failed also when the tool has shown something before it failed", async () => {
    const breaking = tool({
      name: "break_card",
      description: "",
      parameters: z.object({}),
      execute: async (_input, run) => {
        await agentContext(run).streamWidget({ type: "Card", children: [] });
        throw new Error("broken");
      },
    });
    const server = serverOf({ agent: assistant({ tools: [breaking] }) });
    const { threadId } = await createThread(server, call("break_card"));
    const workflow = (await itemsOf(server, threadId)).find((item) => item.type === "workflow");
    expect(workflow?.workflow.tasks).toEqual([{ type: "custom", title: "Break card", status_indicator: "none", content: "Failed." }]);
  });

  test("is not shown as complete when the answer fails before it is over", async () => {
    const fatal = { name: "pay", description: "", parameters: z.object({}), execute: () => "paid" };
    const fail = () => {
      throw new Error("no ledger");
    };
    for (const broken of [tool({ ...fatal, needsApproval: fail }), tool({ ...fatal, execute: fail, errorFunction: null })]) {
      const { events: sent } = await createThread(serverOf({ agent: assistant({ tools: [broken] }) }), call("pay"));
      expect((doneItem(sent, "workflow") as WorkflowItem).workflow.tasks).toMatchObject([{ title: "Pay", status_indicator: "none" }]);
      expect(sent.at(-1)?.type).toBe("error");
    }
  });

  test("by the model server that failed is shown as failed", async () => {
    const search = { type: "web_search_call", id: "ws_1", status: "failed", action: { type: "search", query: "cats" } };
    const added = { raw: { type: "response.output_item.added", output_index: 0, item: { ...search, status: "in_progress" } } };
    const done = { raw: { type: "response.output_item.done", output_index: 0, item: search }, output: search };
    const { events: sent } = await createThread(serverOf(), say([[added, done, { text: "sorry" }]]));
    expect((doneItem(sent, "workflow") as WorkflowItem).workflow.tasks).toMatchObject([{ type: "web_search", status_indicator: "none" }]);
  });

  test("is not left loading when the tool itself shows something", async () => {
    const { events: sent } = await createThread(serverOf({ agent }), call("show_card"));
    expect((doneItem(sent, "workflow") as WorkflowItem).workflow.tasks).toEqual([
      { type: "custom", title: "Show card", status_indicator: "complete" },
    ]);
  });

  test("by the model server is shown as well: a search with its queries", async () => {
    const { events: sent } = await createThread(serverOf(), say([[{ web_search: "cats" }, { text: "found" }]]));
    const { tasks } = (doneItem(sent, "workflow") as WorkflowItem).workflow;
    expect(tasks).toMatchObject([{ type: "web_search", title: "Search the web", queries: ["cats"], status_indicator: "complete" }]);
  });

  test("that the page answers is not shown twice", async () => {
    const select = clientTool({ name: "get_selection", description: "", parameters: z.object({}) });
    const { events: sent } = await createThread(serverOf({ agent: assistant({ tools: [select] }) }), call("get_selection"));
    const types = sent.flatMap((event) => (event.type === "thread.item.done" ? [event.item.type] : []));
    expect(types).toEqual(["user_message", "client_tool_call"]);
    expect(sent.some((event) => event.type === "thread.item.added")).toBe(false);
  });

  test("may be a passing line instead", async () => {
    const { events: sent } = await createThread(serverOf({ agent, toolActivity: "progress" }), call("get_weather", { city: "Rome" }));
    expect(sent.filter((event) => event.type === "progress_update")).toEqual([{ type: "progress_update", text: "Get weather…" }]);
    expect(doneItem(sent, "workflow")).toBeUndefined();
  });

  test("may be kept off the page", async () => {
    const { events: sent } = await createThread(serverOf({ agent, toolActivity: "off" }), call("get_weather", { city: "Rome" }));
    const types = sent.map((event) => ("item" in event ? `${event.type} ${event.item.type}` : event.type));
    expect(types.filter((type) => /workflow|progress/.test(type))).toEqual([]);
  });
});

describe("a thread's title", () => {
  const titler = () => new Agent({ name: "Titles", instructions: "Name it.", model: "fake" });

  test("is the first words of the first message, announced while the answer streams", async () => {
    const server = serverOf();
    const text = "Please tell me   everything\nabout the history of the Roman empire and its many emperors";
    const { threadId, events: sent } = await createThread(server, text);
    const title = "Please tell me everything about the history of the Roman…";
    const index = sent.findIndex((event) => event.type === "thread.updated");
    expect(sent[index]).toMatchObject({ thread: { title } });
    expect(index).toBeLessThan(sent.findIndex((event) => event.type === "thread.item.done" && event.item.type === "assistant_message"));
    expect((await threadOf(server, threadId)).title).toBe(title);
  });

  test("is given once, and not over one that is there", async () => {
    const server = serverOf();
    const { threadId } = await createThread(server, "first");
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("second") });
    expect((await threadOf(server, threadId)).title).toBe("first");
  });

  test("may come from an agent of its own while the answer streams", async () => {
    const server = serverOf({ title: titler() });
    const { events: sent } = await createThread(server, `name me ${say({ turns: [[{ text: "one two three four" }]], delay: 30 })}`);
    const types = sent.map((event) => event.type);
    expect(sent.find((event) => event.type === "thread.updated")).toMatchObject({ thread: { title: "one two three four" } });
    expect(types.indexOf("thread.updated")).toBeLessThan(types.lastIndexOf("thread.item.updated"));
  });

  test("whose agent fails leaves the answer alone", async () => {
    const getResponse = () => Promise.reject(new Error("no"));
    const server = serverOf({ title: new Agent({ name: "Titles", model: { getResponse } as never }) });
    const me = asker();
    const { events: sent } = await createThread(server, "hi", me);
    expect(doneItem(sent, "assistant_message")).toBeDefined();
    expect(sent.filter((event) => event.type === "error")).toEqual([]);
    await Promise.all(me.work);
    expect(logger.lines.find(({ level }) => level === "warn")?.fields).toMatchObject({ request_id: me.requestId, err: { message: "no" } });
  });

  test("that comes after the answer is stored all the same", async () => {
    const late = Promise.withResolvers<void>();
    const getResponse = async () => {
      await late.promise;
      const content = [{ type: "output_text", text: '"A late title"' }];
      return { usage: { requests: 1 }, output: [{ type: "message", role: "assistant", status: "completed", content }] };
    };
    const server = serverOf({ title: new Agent({ name: "Titles", model: { getResponse } as never }) });
    const me = asker();
    const { threadId } = await createThread(server, "hi", me);
    expect((await threadOf(server, threadId)).title).toBeUndefined();
    late.resolve();
    await Promise.all(me.work);
    expect((await threadOf(server, threadId)).title).toBe("A late title");
  });

  test("is not given when none is wanted", async () => {
    const server = serverOf({ title: false });
    const { threadId } = await createThread(server, "hi");
    expect((await threadOf(server, threadId)).title).toBeUndefined();
  });
});

describe("what a client chooses in its composer", () => {
  const choose = async (inference_options: object, options: Partial<AgentServerOptions> = {}) => {
    const server = serverOf({ agent: assistant({ tools: [weather], model: "default-model" }), ...options });
    await events(server, "threads.create", { input: userInput("hi", { inference_options }) });
    return model.requests.at(-1)?.body ?? {};
  };

  test("is a model of the allow-list, or the agent's own", async () => {
    expect((await choose({ model: "small" }, { models: ["small", "large"] }))["model"]).toBe("small");
    expect((await choose({ model: "expensive" }, { models: ["small"] }))["model"]).toBe("default-model");
    expect((await choose({ model: "small" }))["model"]).toBe("default-model");
  });

  test("is a tool that the agent has, or none in particular", async () => {
    expect((await choose({ tool_choice: { id: "get_weather" } }))["tool_choice"]).toEqual({ type: "function", name: "get_weather" });
    expect(await choose({ tool_choice: { id: "drop_tables" } })).not.toHaveProperty("tool_choice");
  });

  test("leaves the agent's settings as they are", async () => {
    const agent = assistant({ tools: [weather], modelSettings: { temperature: 0.3 } });
    expect(await choose({ tool_choice: { id: "get_weather" } }, { agent })).toMatchObject({ temperature: 0.3 });
    expect(agent.modelSettings).toEqual({ temperature: 0.3 });
  });
});

describe("what a run used", () => {
  test("is logged and reported once, with the model's name and no content", async () => {
    const reports: AgentRunReport[] = [];
    const stop = onAgentRun((report) => reports.push(report));
    try {
      const script = say([[{ tool: "get_weather", args: { city: "Rome" } }], [{ text: "done" }]]);
      await createThread(serverOf({ agent: assistant({ tools: [weather] }) }), script);
    } finally {
      stop();
    }
    const usage = { requests: 2, inputTokens: 20, outputTokens: 10 };
    const run = { outcome: "completed" as const, agent: "Assistant", model: "fake" };
    expect(reports).toEqual([{ ...run, usage, durationMs: expect.any(Number) as number }]);
    const lines = logger.lines.filter((line) => line.message === "agent run");
    const used = { requests: 2, input_tokens: 20, output_tokens: 10, duration_ms: expect.any(Number) as number };
    const asked = { thread_id: expect.stringMatching(/^thr_/) as string, request_id: expect.any(String) as string, user_id: "ada" };
    expect(lines.map((line) => line.fields)).toEqual([{ ...run, ...used, ...asked }]);
  });

  test("is counted as failed when the model fails, with the code of the error", async () => {
    await createThread(serverOf(), say([[{ http_error: { status: 500 } }]]));
    expect(logger.lines.find((line) => line.message === "agent run")?.fields).toMatchObject({ outcome: "failed", code: "model_unavailable" });
  });

  test("is told of a run that was stopped, too: the responses that were complete, and the one that was not", async () => {
    const me = asker();
    const script = say({ turns: [[{ tool: "get_weather", args: { city: "Rome" } }], [{ text: "one two three four five six" }]], delay: 30 });
    for await (const event of stream(serverOf({ agent: assistant({ tools: [weather] }) }), "threads.create", { input: userInput(script) }, me)) {
      if (event.type === "thread.item.updated" && event.update.type.endsWith("text_delta")) me.leave();
    }
    const used = { outcome: "cancelled", model: "fake", requests: 2, input_tokens: 10, output_tokens: 5 };
    expect(logger.lines.find((line) => line.message === "agent run")?.fields).toMatchObject(used);
  });
});
