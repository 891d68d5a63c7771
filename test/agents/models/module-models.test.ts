import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAgentServer } from "../../../src/agents/loading/load-agent-server.ts";
import { configureModels } from "../../../src/agents/models/model-provider.ts";
import { createThread, ports, textOf } from "../../support/chat.ts";
import { call, calls, cut, finish, functionCall, message, OddServer, response, results, sse, text } from "../../support/odd-server.ts";

setDefaultTimeout(30_000);

const odd = new OddServer();
const folder = await mkdtemp(join(tmpdir(), "module-models-"));
afterEach(() => void (odd.asked.length = 0));
afterAll(async () => {
  configureModels({});
  await odd.stop();
  await rm(folder, { recursive: true });
});

const SIGNATURE = { extra_content: { google: { thought_signature: "SIG==" } } };
odd.model("gemini", (asked) => {
  const [first] = asked.messages.find((one) => one.tool_calls)?.tool_calls ?? [];
  if (first && !first["extra_content"]) return Response.json({ error: { message: "no thought_signature" } }, { status: 400 });
  return results(asked) ?? sse(calls(call("add", { a: 1, b: 2 }, SIGNATURE)), finish("tool_calls"));
});
odd.model("thinker", () => sse(...text("<think>They", " greet.</think>Hello."), finish("stop")));
odd.model("look-alike", (asked) => results(asked) ?? cut(...response([functionCall("add", '{"a":1,"b":2}')], { output: [] })));
odd.model("plain", () => cut(...response([message("m", ["Hello."])])));

/** The ways in which a module can bring a client of its own. */
const WAYS: Record<string, string> = {
  "a model": `const model = api === "responses" ? new OpenAIResponsesModel(client, name) : new OpenAIChatCompletionsModel(client, name);`,
  "a provider with a client": `const model = await new OpenAIProvider({ openAIClient: client, useResponses: api === "responses" }).getModel(name);`,
  "a provider with an address": `const model = await new OpenAIProvider({ baseURL, apiKey: "k", useResponses: api === "responses" }).getModel(name);`,
  "the default client": `setDefaultOpenAIClient(client); setOpenAIAPI(api); const model = name;`,
};

async function answer(way: string, name: string, api: string): Promise<string[]> {
  const path = join(folder, `${crypto.randomUUID()}.ts`);
  await Bun.write(path, `
import { Agent, OpenAIChatCompletionsModel, OpenAIProvider, OpenAIResponsesModel, setDefaultOpenAIClient, setOpenAIAPI, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
const [api, name, baseURL] = ${JSON.stringify([api, name, odd.url])};
const client = new OpenAI({ baseURL, apiKey: "k", maxRetries: 0 });
${WAYS[way]}
const add = tool({ name: "add", description: "", parameters: z.object({ a: z.number(), b: z.number() }), execute: ({ a, b }) => String(a + b) });
export default new Agent({ name: "A", instructions: "Be brief.", model, tools: [add] });
`);
  const loaded = await loadAgentServer({ path, ports: ports(), models: { apiKey: "other", baseURL: "http://127.0.0.1:1/v1" }, embedded: {}, env: {} });
  const { events } = await createThread(loaded.server, "Hello");
  return events.flatMap((event) => (event.type === "thread.item.done" && event.item.type === "assistant_message" ? [textOf(event.item)] : []));
}

describe.each(Object.keys(WAYS))("a module that brings %s of its own", (way) => {
  test.each([
    ["gemini", "chat_completions", ['RESULT ["3"]']],
    ["thinker", "chat_completions", ["Hello."]],
    ["look-alike", "responses", ['RESULT ["3"]']],
    ["plain", "responses", ["Hello."]],
  ])("gets the right answer from a server that only resembles OpenAI's: %s, %s", async (name, api, expected) => {
    expect(await answer(way, name, api)).toEqual(expected);
  });
});
