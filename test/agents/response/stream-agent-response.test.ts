import { afterAll, describe, expect, test } from "bun:test";
import { Agent, InputGuardrailTripwireTriggered, MaxTurnsExceededError, OutputGuardrailTripwireTriggered, tool } from "@openai/agents";
import { z } from "zod";
import { AgentContext, agentContext } from "../../../src/agents/agent-context.ts";
import { resumeRun } from "../../../src/agents/approvals/pause-run.ts";
import { streamAgentResponse } from "../../../src/agents/response/stream-agent-response.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";
import { assistant, doneItems, outline, runnerFor, say, texts, turn } from "../../support/agent-turn.ts";
import { chat } from "../../support/chat-context.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());

const weather = tool({
  name: "get_weather",
  description: "Weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `It is sunny in ${city}.`,
});
const failing = (name: string, more: object = {}) =>
  tool({
    name,
    description: "",
    parameters: z.object({}),
    execute: async (): Promise<string> => {
      throw new Error("the tool broke");
    },
    ...more,
  });
const showing = tool({
  name: "show",
  description: "",
  parameters: z.object({ text: z.string() }),
  execute: async ({ text }, run) => {
    await agentContext(run).streamWidget({ type: "Card", children: [{ type: "Text", value: text }] });
    return "shown";
  },
});

const outputsSent = () =>
  (server.requests.at(-1)!.body.input as { type?: string; output?: string }[]).flatMap((item) =>
    item.type === "function_call_output" ? [item.output] : [],
  );

describe("tools", () => {
  test("show nothing by themselves, and the model answers with what they said", async () => {
    const script = [[{ tool: "get_weather", args: { city: "Oslo" } }], [{ text: "Sunny." }]];
    const { events } = await turn(server, script, { agent: assistant({ tools: [weather] }) });
    expect(doneItems(events).map((item) => item.type)).toEqual(["assistant_message"]);
    expect(outputsSent()).toEqual(["It is sunny in Oslo."]);
  });

  test("that fail tell the model, which answers all the same", async () => {
    const agent = assistant({ tools: [failing("broken")] });
    const { events, error } = await turn(server, [[{ tool: "broken" }], [{ text: "Sorry." }]], { agent });
    expect(error).toBeUndefined();
    expect(texts(events)).toEqual(["Sorry."]);
  });

  test("that fail with nobody to handle it fail the answer", async () => {
    const agent = assistant({ tools: [failing("broken", { errorFunction: null })] });
    const { events, error } = await turn(server, [[{ text: "Trying." }, { tool: "broken" }], [{ text: "Never." }]], { agent });
    expect(error).toBeInstanceOf(Error);
    expect(texts(events)).toEqual(["Trying."]);
  });

  test("that do not exist fail the answer", async () => {
    const { error } = await turn(server, [[{ tool: "no_such_tool" }], [{ text: "Never." }]]);
    expect(error).toMatchObject({ name: expect.stringMatching(/Error/) });
  });

  test("called with arguments that do not fit tell the model", async () => {
    const agent = assistant({ tools: [weather] });
    const { events } = await turn(server, [[{ tool: "get_weather", args: "{not json" }], [{ text: "Once more." }]], { agent });
    expect(texts(events)).toEqual(["Once more."]);
    expect(outputsSent()[0]).toContain("valid JSON");
  });

  test("of one turn have their events between the model's messages", async () => {
    const show = (text: string) => ({ tool: "show", args: { text } });
    const script = [[{ text: "Look." }, show("a"), show("b")], [{ text: "There." }]];
    const { events } = await turn(server, script, { agent: assistant({ tools: [showing] }) });
    expect(doneItems(events).map((item) => item.type)).toEqual(["assistant_message", "widget", "widget", "assistant_message"]);
  });

  test("that show an item end the open workflow; a hidden note does not", async () => {
    const noting = tool({
      name: "note",
      description: "",
      parameters: z.object({}),
      execute: async (_, run) => {
        agentContext(run).stream({ type: "thread.item.done", item: { type: "hidden_context_item", content: "psst" } });
        return "noted";
      },
    });
    const script = [[{ reasoning: ["Hm."] }, { tool: "note" }], [{ tool: "show", args: { text: "a" } }], [{ text: "There." }]];
    const { events } = await turn(server, script, { agent: assistant({ tools: [showing, noting] }) });
    expect(doneItems(events).map((item) => item.type)).toEqual(["hidden_context_item", "workflow", "widget", "assistant_message"]);
  });

  test("and others may stream while the model's words do: order is the order of arrival", async () => {
    const { events } = await turn(server, [[{ text: "First." }, { sleep: 300 }, { text: "Second." }]], {
      onEvent: (event, { context }) => {
        if (texts([event])[0] === "First.") context.stream({ type: "progress_update", text: "between" });
      },
    });
    expect(outline(events).filter((line) => !line.startsWith("assistant_message"))).toEqual([
      "added assistant_message",
      "done assistant_message",
      "progress_update",
      "added assistant_message",
      "done assistant_message",
    ]);
  });

  test("cannot stream to an answer that has ended", async () => {
    const it = await chat();
    await turn(server, [[{ text: "Bye." }]], { chat: it });
    expect(() => it.context.stream({ type: "progress_update", text: "hello?" })).toThrow("The response has ended");
  });
});

describe("a handoff", () => {
  test("goes on with the other agent's words in the same answer", async () => {
    const specialist = new Agent({ name: "Specialist", instructions: "You know.", model: "fake" });
    const agent = assistant({ handoffs: [specialist] });
    const { events, error } = await turn(server, [[{ tool: "transfer_to_Specialist" }], [{ text: "I know." }]], { agent });
    expect(error).toBeUndefined();
    expect(texts(events)).toEqual(["I know."]);
  });
});

describe("a tool that needs a person's approval", () => {
  test("is asked for by a widget, and the run waits in the store", async () => {
    const pay = tool({ name: "pay", description: "", parameters: z.object({}), needsApproval: true, execute: async () => "paid" });
    const { events, error, store, request } = await turn(server, [[{ text: "Paying." }, { tool: "pay" }], [{ text: "Never." }]], {
      agent: assistant({ tools: [pay] }),
    });
    expect(error).toBeUndefined();
    expect(doneItems(events).map((item) => item.type)).toEqual(["assistant_message", "widget"]);
    expect(await store.takeRunState("thread_x", request)).toBeString();
  });

  test("shows what it does, once approved, before the model's next words", async () => {
    const pay = tool({
      name: "pay",
      description: "",
      parameters: z.object({}),
      needsApproval: true,
      execute: async (_, run) => {
        agentContext(run).stream({ type: "progress_update", text: "paying" });
        return "paid";
      },
    });
    const agent = assistant({ tools: [pay] });
    const it = await chat();
    const paused = await turn(server, [[{ tool: "pay" }], [{ text: "Paid." }]], { agent, chat: it });
    const callId = /"call_id":"([^"]*)"/.exec(JSON.stringify(paused.events))![1]!;
    const context = new AgentContext({ thread: it.context.thread, store: it.store, requestContext: it.request });
    const result = await resumeRun(context, agent, { callId, approve: true }, { runner: runnerFor(server) });
    const events = await Array.fromAsync(streamAgentResponse(context, result));
    expect(outline(events).slice(0, 2)).toEqual(["progress_update", "added assistant_message"]);
    expect(texts(events)).toEqual(["Paid."]);
  });
});

describe("a guardrail", () => {
  const trips = { tripwireTriggered: true, outputInfo: {} };

  test("on the output takes back what was shown, and the error is raised", async () => {
    const agent = assistant({ tools: [showing], outputGuardrails: [{ name: "strict", execute: async () => trips }] });
    const script = [[{ tool: "show", args: { text: "a" } }], [{ reasoning: ["Hm."] }, { text: "Forbidden." }]];
    const { events, error } = await turn(server, script, { agent });
    expect(error).toBeInstanceOf(OutputGuardrailTripwireTriggered);
    const shown = new Set(events.flatMap((event) => ("item" in event ? [event.item.id] : [])));
    const removed = new Set(events.flatMap((event) => (event.type === "thread.item.removed" ? [event.item_id] : [])));
    expect(shown.size).toBe(3);
    expect([...shown].every((id) => removed.has(id!))).toBe(true);
    expect(events.at(-1)!.type).toBe("thread.item.removed");
  });

  test("on the input stops the answer while it streams", async () => {
    const begun = Promise.withResolvers<void>();
    const slow = { name: "careful", execute: async () => begun.promise.then(() => trips) };
    const { events, error } = await turn(server, { turns: [[{ text: "word ".repeat(400) }]], delay: 10 }, {
      agent: assistant({ inputGuardrails: [slow] }),
      onEvent: () => begun.resolve(),
    });
    expect(error).toBeInstanceOf(InputGuardrailTripwireTriggered);
    expect(outline(events)[0]).toBe("added assistant_message");
    expect(events.at(-1)!.type).toBe("thread.item.removed");
    expect(doneItems(events)).toEqual([]);
  });
});

describe("an answer that goes wrong", () => {
  test.each([429, 500])("with HTTP %d raises what the model server said", async (status) => {
    const { events, error } = await turn(server, [[{ http_error: { status } }]]);
    expect(error).toMatchObject({ status });
    expect(events).toEqual([]);
  });

  test("half-way keeps what was streamed before the error", async () => {
    const { events, error } = await turn(server, [[{ text: "Half an" }, { failed: { message: "overloaded" } }]]);
    expect(error).toBeInstanceOf(Error);
    expect(texts(events)).toEqual(["Half an"]);
  });

  test("by an error event raises it", async () => {
    const { error } = await turn(server, [[{ text: "Half" }, { error_event: { message: "broken" } }]]);
    expect(error).toBeInstanceOf(Error);
  });

  test("because it was cut at the token limit keeps its text, says so and raises nothing", async () => {
    const { events, error } = await turn(server, [[{ text: "cut off" }, { incomplete: "max_output_tokens" }]]);
    expect(error).toBeUndefined();
    expect(texts(events)).toEqual(["cut off"]);
    expect(events.at(-1)).toMatchObject({ type: "notice", message: expect.stringContaining("limit of tokens") });
  });

  test("because the connection was lost raises", async () => {
    const { events, error } = await turn(server, [[{ text: "Half an" }, { abort: true }]]);
    expect(error).toBeInstanceOf(Error);
    expect(texts(events)).toEqual(["Half an"]);
  });

  test("in the middle of a message keeps what was said of it, with its citations, and says that it broke off", async () => {
    const at = { item_id: "m", output_index: 0, content_index: 0 };
    const annotation = { type: "url_citation", url: "https://example.com", title: "A page", start_index: 0, end_index: 4 };
    const half = [
      { raw: { type: "response.output_text.delta", ...at, delta: "Half" } },
      { raw: { type: "response.output_text.annotation.added", ...at, annotation_index: 0, annotation } },
      { abort: true as const },
    ];
    const { events, error } = await turn(server, [half]);
    expect(error).toBeInstanceOf(Error);
    const content = [{ text: "Half", annotations: [{ source: { url: "https://example.com" } }] }];
    expect(doneItems(events)).toMatchObject([{ type: "assistant_message", content }]);
    expect(events.at(-1)).toMatchObject({ type: "notice", message: expect.stringContaining("broke off") });
  });

  test("because it turns in circles raises", async () => {
    const agent = assistant({ tools: [weather] });
    const { error } = await turn(server, [[{ tool: "get_weather", args: { city: "Oslo" } }]], { agent, maxTurns: 2 });
    expect(error).toBeInstanceOf(MaxTurnsExceededError);
  });
});

describe("a request that is aborted", () => {
  const endless = { turns: [[{ text: "word ".repeat(200) }, { hang: true as const }]], delay: 5 };

  test("stops the run and the model server's answer", async () => {
    const before = server.aborted;
    const { events, error } = await turn(server, endless, {
      onEvent: (event, { request }) => void (outline([event])[0]!.endsWith("text_delta") && request.leave()),
    });
    expect(error).toBeUndefined();
    expect(doneItems(events)).toEqual([]);
    await until(() => server.aborted > before);
  });

  test("before the answer begins ends it with nothing", async () => {
    const it = await chat();
    it.request.leave();
    const { events, error } = await turn(server, endless, { chat: it });
    expect(error).toBeUndefined();
    expect(events).toEqual([]);
  });

  test("by leaving the loop stops the model server too", async () => {
    const before = server.aborted;
    const it = await chat();
    const result = await runnerFor(server).run(assistant(), say(endless), { stream: true, context: it.context });
    for await (const event of streamAgentResponse(it.context, result)) if (event.type === "thread.item.updated") break;
    await until(() => server.aborted > before);
  });
});

describe("a reader who is slow", () => {
  test("gets the whole text, with the words that had to wait joined", async () => {
    const it = await chat();
    const text = "word ".repeat(20_000);
    const result = await runnerFor(server).run(assistant(), say([[{ text }]]), { stream: true, context: it.context });
    const reading = streamAgentResponse(it.context, result);
    const first = await reading.next();
    await result.completed;
    // The run is over before the second event is asked for.
    await Bun.sleep(0);
    const events = [first.value as ThreadStreamEvent, ...(await Array.fromAsync(reading))];
    const deltas = events.flatMap((event) =>
      event.type === "thread.item.updated" && event.update.type === "assistant_message.content_part.text_delta" ? [event.update.delta] : [],
    );
    expect(deltas.join("")).toBe(text);
    expect(deltas.length).toBeLessThan(2_000);
    expect(texts(events)).toEqual([text]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(5);
}
