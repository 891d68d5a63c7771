import { afterAll, describe, expect, test } from "bun:test";
import { tool } from "@openai/agents";
import { z } from "zod";
import { assistant, doneItems, outline, texts, turn, type Turn } from "../../support/agent-turn.ts";
import type { ResponsesServer } from "../../support/responses-server.ts";

type Delta = { content?: string; reasoning_content?: string; reasoning?: string; tool_calls?: object[] };

/** What the model says, one list for each time it is asked. */
let script: Delta[][] = [];
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, development: false, fetch: () => answer(script.shift() ?? []) });
afterAll(() => server.stop(true));

function answer(deltas: Delta[]): Response {
  const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: "fake" };
  const chunks = [...deltas, {}].map((delta, i) => {
    const finish_reason = i < deltas.length ? null : deltas.some((said) => said.tool_calls) ? "tool_calls" : "stop";
    return { ...base, choices: [{ index: 0, delta, finish_reason, logprobs: null }] };
  });
  const frames = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`);
  return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}

const look = tool({ name: "look", description: "", parameters: z.object({}), execute: async () => "seen" });
const looking: Delta = { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "look", arguments: "{}" } }] };

function says(...answers: Delta[][]): Promise<Turn> {
  script = answers;
  const at = { url: `${server.url}v1` } as ResponsesServer; // its address is all that is asked of it
  return turn(at, [], { api: "chat_completions", agent: assistant({ tools: [look] }) });
}

const thoughts = ({ events }: Turn) => {
  const tasks = doneItems(events).flatMap((item) => (item.type === "workflow" ? item.workflow.tasks : []));
  return tasks.map((task) => "content" in task && task.content);
};

describe("thoughts of a chat completions model", () => {
  test("are shown while they are thought, and end before the text", async () => {
    const got = await says([{ reasoning_content: "First " }, { reasoning_content: "this." }, { content: "Hi" }]);
    expect(outline(got.events).slice(0, 6)).toEqual([
      "added workflow",
      "workflow.task.added",
      "workflow.task.updated",
      "workflow.task.updated",
      "done workflow",
      "added assistant_message",
    ]);
    expect(thoughts(got)).toEqual(["First this."]);
    expect(texts(got.events)).toEqual(["Hi"]);
  });

  test("before and after a tool are thoughts of their own in one workflow", async () => {
    const later = [{ reasoning_content: "So that " }, { reasoning_content: "is it." }, { content: "Hi" }];
    const got = await says([{ reasoning_content: "I must look." }, looking], later);
    expect(thoughts(got)).toEqual(["I must look.", "So that is it."]);
  });

  test("are shown under their other name, too", async () => {
    const got = await says([{ reasoning: "hm " }, { reasoning: "hm" }, { content: "Hi" }]);
    expect(thoughts(got)).toEqual(["hm hm"]);
    expect(texts(got.events)).toEqual(["Hi"]);
  });

  test("that are empty or no text are none", async () => {
    const got = await says([{ reasoning_content: "" }, { reasoning_content: null } as never, { content: "Hi" }]);
    expect(outline(got.events)[0]).toBe("added assistant_message");
  });
});
