import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Agent, Runner, tool, type RunStreamEvent } from "@openai/agents";
import { z } from "zod";
import { builtInAgent } from "../../../src/agents/loading/built-in-agent.ts";
import { DemoProvider } from "../../../src/agents/demo/demo-model.ts";
import { assistant, runnerFor, say } from "../../support/agent-turn.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const runner = new Runner({ modelProvider: new DemoProvider({ wordPauseMs: 0 }), tracingDisabled: true });
const weather = tool({
  name: "get_weather",
  description: "",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}`,
});
let server: ResponsesServer;
beforeAll(() => void (server = new ResponsesServer()));
afterAll(() => server.stop());

async function eventsOf(agent: Agent<any, any>, text: string, by = runner): Promise<RunStreamEvent[]> {
  const result = await by.run(agent, text, { stream: true });
  return Array.fromAsync(result);
}

async function answerOf(agent: Agent<any, any>, text: string): Promise<string> {
  return String((await runner.run(agent, text)).finalOutput);
}

/** The kinds of events in the order in which they first come, each with the fields of the event that a delta is read from. */
function shapes(events: RunStreamEvent[]): string[] {
  const all = events.map((event) => {
    if (event.type === "run_item_stream_event") return event.name;
    if (event.type !== "raw_model_stream_event") return event.type;
    const { data, source } = event;
    if (data.type !== "model") return data.type;
    const isDelta = String(data.event.type).endsWith("output_text.delta");
    return `${source} ${data.event.type}${isDelta ? Object.keys(data.event).filter((key) => key !== "sequence_number").sort() : ""}`;
  });
  return [...new Set(all)];
}

describe("the demo model", () => {
  test("streams a message by the very events the Responses model streams", async () => {
    const demo = await eventsOf(new Agent({ name: "A" }), "hello");
    const real = await eventsOf(assistant(), say([[{ text: "one two three" }]]), runnerFor(server));
    expect(shapes(demo)).toEqual(shapes(real));
  });

  test("says what it is and answers the same text in the same way", async () => {
    const agent = builtInAgent();
    const [first, second] = [await answerOf(agent, "Hello there"), await answerOf(agent, "Hello there")];
    expect(first).toContain("You said: Hello there");
    expect(first).toContain("demo model");
    expect(second).toBe(first);
  });

  test("streams word by word, and the pieces make the whole", async () => {
    const events = await eventsOf(builtInAgent(), "Hello there");
    const deltas = events.flatMap((event) =>
      event.type === "raw_model_stream_event" && event.data.type === "output_text_delta" ? [event.data.delta] : [],
    );
    expect(deltas.length).toBeGreaterThan(10);
    expect(deltas.every((delta) => /^\S+\s*$/.test(delta))).toBe(true);
    expect(deltas.join("")).toBe(await answerOf(builtInAgent(), "Hello there"));
  });

  test.each([
    ["What's the weather in New York?", "Sunny in New York"],
    ["weather", "Sunny in Paris"],
  ])("calls a fitting tool of the agent: %s", async (text, expected) => {
    expect(await answerOf(new Agent({ name: "A", tools: [weather] }), text)).toStartWith(expected);
  });

  test("tells the time by the built-in assistant's tool, and the weather", async () => {
    expect(await answerOf(builtInAgent(), "what time is it?")).toMatch(/^It is \w+, .* \(UTC\)\./);
    expect(await answerOf(builtInAgent(), "Weather in Oslo")).toMatch(/°C in Oslo \(made up\)\./);
  });

  test("calls any tool whose whole name is in the text, with arguments that fit its schema", async () => {
    const given: unknown[] = [];
    const parameters = z.object({
      query: z.string(),
      limit: z.int(),
      sort: z.enum(["new", "old"]),
      exact: z.boolean(),
      tags: z.array(z.string()),
      before: z.string().nullable(),
    });
    const search = tool({ name: "search_database", description: "", parameters, execute: (input) => given.push(input) && "found" });
    expect(await answerOf(new Agent({ name: "A", tools: [search] }), "Search the database for 7 cats")).toStartWith("found");
    expect(given).toEqual([{ query: "Search the database for 7 cats", limit: 7, sort: "new", exact: false, tags: [], before: null }]);
  });

  test("answers in the shape an agent's output type asks for", async () => {
    const agent = new Agent({ name: "A", outputType: z.object({ title: z.string(), score: z.number() }) });
    expect((await runner.run(agent, "Rate 3 films")).finalOutput).toEqual({ title: "Rate 3 films", score: 3 });
  });

  test("calls no tool when none is wanted", async () => {
    const agent = new Agent({ name: "A", tools: [weather], modelSettings: { toolChoice: "none" } });
    expect(await answerOf(agent, "weather in Rome")).toContain("You said: weather in Rome");
  });

  test("stops when the run is stopped", async () => {
    const slow = new Runner({ modelProvider: new DemoProvider({ wordPauseMs: 5 }), tracingDisabled: true });
    const controller = new AbortController();
    const result = await slow.run(builtInAgent(), "Hello there", { stream: true, signal: controller.signal });
    result.completed.catch(() => {});
    let deltas = 0;
    for await (const event of result) {
      if (event.type === "raw_model_stream_event" && event.data.type === "output_text_delta" && ++deltas === 2) controller.abort();
    }
    expect(deltas).toBeLessThan(6);
  });
});
