import { afterAll, describe, expect, test } from "bun:test";
import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import { AgentServer } from "../../../src/agents/agent-server.ts";
import { configureModels } from "../../../src/agents/models/model-provider.ts";
import type { ChatKitError } from "../../../src/errors.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { asker, createThread, events, itemsOf, ports, recordingLogger, textOf, threadOf, userInput } from "../../support/chat.ts";
import { cut, finish, message, OddServer, raw, response, sse, text, type Says } from "../../support/odd-server.ts";
import { INCOMPLETE_CHAT, INCOMPLETE_RESPONSES } from "./servers/incomplete.ts";
import { NO_ANSWERS } from "./servers/no-answer.ts";
import { RESPONSES } from "./servers/responses.ts";
import { got, type Row } from "./servers/row.ts";
import { TEXTS } from "./servers/text.ts";
import { TOOL_CALLS } from "./servers/tool-calls.ts";

const odd = new OddServer();
// What comes after in this process gets the demo model again.
afterAll(async () => {
  configureModels({});
  await odd.stop();
});

const add = tool({
  name: "add",
  description: "",
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => String(a + b),
});
const now = tool({ name: "now", description: "", parameters: z.object({}), execute: () => "noon" });
const agent = new Agent({ name: "Adder", instructions: "Be brief.", tools: [add, now] });

/** What a person gets who says something to that server, and what the log says meanwhile. */
async function outcome({ name, says }: Row, api: "chat_completions" | "responses", said = "Hello") {
  odd.model(name, says);
  configureModels({ baseURL: odd.url, model: name, api, maxRetries: 0 });
  const logger = recordingLogger();
  const server = new AgentServer(ports(new MemoryStore(), logger), { agent, title: false });
  const context = asker();
  const sent = await events(server, "threads.create", { input: userInput(said) }, context);
  const created = sent[0]?.type === "thread.created" ? sent[0].thread.id : "";
  const stored = (await itemsOf(server, created, context)).filter((item) => item.type === "assistant_message");
  const errors = logger.lines.filter(({ level }) => level === "error").map(({ fields }) => (fields as { err: ChatKitError }).err);
  const verdicts = errors.map(({ code, reason }) => ({ code, reason }));
  return { sent, verdicts, result: got(sent, stored.map(textOf), errors.map(reasonOf).join("\n")) };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${reasonOf(error.cause)}` : "";
}

function expectRows(rows: Row[], api: "chat_completions" | "responses"): void {
  for (const row of rows) {
    test(`${row.name} (${row.seenWith})`, async () => {
      const { sent, result } = await outcome(row, api);
      const { texts = [], thoughts = [], tasks = [], notices = [], error, log } = row.gets;
      const expected = { texts, thoughts, tasks, notices: notices.map((notice) => expect.stringMatching(notice)), error };
      expect(result).toEqual({ ...expected, log: log ? expect.stringMatching(log) : error ? expect.anything() : "" });
      const deltas = sent.flatMap((event) => (event.type === "thread.item.updated" && "delta" in event.update ? [event.update.delta] : []));
      expect(deltas.every((delta) => typeof delta === "string")).toBe(true);
    });
  }
}

describe("a chat completions server is understood that sends", () => {
  expectRows([...TOOL_CALLS, ...TEXTS], "chat_completions");
});

describe("a chat completions server that gives no answer, or half of one, is not taken for one that answers:", () => {
  expectRows(NO_ANSWERS, "chat_completions");

  test("and is judged alike when the conversation is about that very error", async () => {
    for (const row of NO_ANSWERS) {
      const plain = await outcome(row, "chat_completions");
      const quoted = await outcome(row, "chat_completions", plain.result["log"] as string);
      expect([row.name, quoted.verdicts, quoted.result["error"]]).toEqual([row.name, plain.verdicts, plain.result["error"]]);
    }
  });
});

describe("an answer that was cut keeps what it said and says that it was cut, by chat completions:", () => {
  expectRows(INCOMPLETE_CHAT, "chat_completions");
});

describe("an answer that was cut keeps what it said and says that it was cut, by responses:", () => {
  expectRows(INCOMPLETE_RESPONSES, "responses");
});

describe("a server that resembles the Responses API is understood that sends", () => {
  expectRows(RESPONSES, "responses");
});

describe("the title of a thread is found in", () => {
  const completion = (content: unknown, rest: object = {}) =>
    Response.json({ choices: [{ message: { content }, finish_reason: "stop" }], ...rest });
  const TITLES: [name: string, says: Says, title: string][] = [
    ["a completion", () => completion("Moss"), "Moss"],
    ["thoughts and a text", () => completion("<think>\nA name.\n</think>\n\nMoss"), "Moss"],
    ["thoughts that nothing opens", () => completion("A name.\n</think>\n\nMoss"), "Moss"],
    [
      "a list of parts",
      () =>
        completion([
          { type: "thinking", thinking: "A name." },
          { type: "text", text: "Moss" },
        ]),
      "Moss",
    ],
    ["a stream that nobody asked for", () => sse(...text("<think>A name.</think>", "Mo", "ss"), finish("stop")), "Moss"],
    [
      "JSON that is called something else",
      () => raw(JSON.stringify({ choices: [{ message: { content: "Moss" } }] }), "text/plain"),
      "Moss",
    ],
  ];
  const NONE: [name: string, says: Says][] = [
    ["thoughts alone", () => completion("<think>A name.</think>")],
    ["an error in a 200", () => Response.json({ error: "overloaded" })],
    ["a page", () => raw("<html></html>", "text/html")],
    ["nothing", () => raw("")],
  ];

  async function titled(name: string, says: Says, api: "chat_completions" | "responses" = "chat_completions") {
    odd.model("plain", ({ stream }) =>
      stream ? (api === "responses" ? cut(...response([message("m", ["Hi."])])) : sse(...text("Hi."), finish("stop"))) : says({} as never),
    );
    configureModels({ baseURL: odd.url, model: "plain", api, maxRetries: 0 });
    const server = new AgentServer(ports(new MemoryStore()), { agent, title: new Agent({ name: "Titles", instructions: name }) });
    const context = asker();
    const { threadId } = await createThread(server, "Tell me of moss", context);
    await Promise.allSettled(context.work);
    return (await threadOf(server, threadId, context)).title;
  }

  test.each(TITLES)("%s", async (name, says, title) => {
    expect(await titled(name, says)).toBe(title);
  });

  test.each(NONE)("the first words, where the model says %s", async (name, says) => {
    expect(await titled(name, says)).toBe("Tell me of moss");
  });

  test("a response, its thoughts left out", async () => {
    const output = [message("m", ["<think>A name.</think>Moss"]).item];
    expect(await titled("responses", () => Response.json({ id: "r", status: "completed", output }), "responses")).toBe("Moss");
  });
});

test("a model's name goes to the server as it is, over either API and from the composer", async () => {
  const names = ["anthropic/claude-sonnet-4.5:beta", "openai/gpt-oss-120b", "models/gemini-2.5-pro", "@cf/meta/llama-3.1-8b"];
  for (const api of ["chat_completions", "responses"] as const) {
    for (const name of names)
      odd.model(name, () => (api === "responses" ? cut(...response([message("m", ["Hi."])])) : sse(...text("Hi."), finish("stop"))));
    configureModels({ baseURL: odd.url, model: names[0], api });
    const server = new AgentServer(ports(new MemoryStore()), { agent, title: false, models: names });
    odd.asked.length = 0;
    await createThread(server, "Hello");
    for (const name of names) await events(server, "threads.create", { input: userInput("Hello", { inference_options: { model: name } }) });
    expect(odd.asked.map((asked) => asked.model)).toEqual([names[0]!, ...names]);
  }
});
