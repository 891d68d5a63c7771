import { afterAll, describe, expect, test } from "bun:test";
import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import { AgentServer } from "../../../src/agents/agent-server.ts";
import { configureModels } from "../../../src/agents/models/model-provider.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { asker, events, itemsOf, ports, recordingLogger, textOf, userInput } from "../../support/chat.ts";
import { OddServer } from "../../support/odd-server.ts";
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
async function outcome({ name, says }: Row, api: "chat_completions" | "responses") {
  odd.model(name, says);
  configureModels({ baseURL: odd.url, model: name, api, maxRetries: 0 });
  const logger = recordingLogger();
  const server = new AgentServer(ports(new MemoryStore(), logger), { agent, title: false });
  const context = asker();
  const sent = await events(server, "threads.create", { input: userInput("Hello") }, context);
  const created = sent[0]?.type === "thread.created" ? sent[0].thread.id : "";
  const stored = (await itemsOf(server, created, context)).filter((item) => item.type === "assistant_message");
  const reasons = logger.lines.filter(({ level }) => level === "error").map(({ fields }) => reasonOf((fields as { err: unknown }).err));
  return { sent, result: got(sent, stored.map(textOf), reasons.join("\n")) };
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
