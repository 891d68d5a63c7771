import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { ThreadItem, WidgetItem } from "../../src/protocol/items.ts";
import type { Page } from "../../src/protocol/thread.ts";
import { binary, emptyFolder, eventsOf, startBinary } from "../support/binary.ts";
import { textOf, userInput } from "../support/chat.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { message } from "../support/workflow-fixture.ts";

// The executable is built first.
setDefaultTimeout(120_000);
beforeAll(binary);

const EXPORTED = join(import.meta.dir, "../fixtures/agent-builder");

test("an exported workflow runs in the executable, and goes on after kill -9 where it has asked a person", async () => {
  await using model = { server: new ResponsesServer(), [Symbol.asyncDispose]: () => model.server.stop() };
  await using folder = await emptyFolder();
  const options = { cwd: folder.path, env: { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.server.url } };
  const start = () => startBinary(["--agent", join(EXPORTED, "approval.ts")], options);
  const says = { "Draft a letter": [[{ text: '{"subject":"A berth","body":"Dear harbour master"}' }]], "Say that the letter": [[{ text: "It is on its way." }]] };
  const first = await start();
  const created = await Array.fromAsync(eventsOf(await first.post({ type: "threads.create", params: { input: userInput(message("Write.", says)) } })));
  const card = created.flatMap((event) => (event.type === "thread.item.done" && event.item.type === "widget" ? [event.item as WidgetItem] : []))[0]!;
  await first.end("SIGKILL");
  await using second = await start();
  const action = JSON.parse(/{"type":"chatkit.approval","payload":{[^}]*"approve":true}}/.exec(JSON.stringify(card.widget))![0]) as object;
  await Array.fromAsync(eventsOf(await second.post({ type: "threads.custom_action", params: { thread_id: card.thread_id, item_id: card.id, action } })));
  const { data } = await second.ask<Page<ThreadItem>>("items.list", { thread_id: card.thread_id, order: "asc", limit: 100 });
  expect(textOf(data.findLast((item) => item.type === "assistant_message"))).toBe("It is on its way.");
  expect(model.server.requests.map(({ body }) => body["instructions"])).toEqual(["Draft a letter to the harbour master.", "Say that the letter is on its way."]);
});

test("guardrails run in the executable without an install", async () => {
  const verdict = [[{ text: '{"flagged":true,"confidence":0.9}' }]];
  await using model = { server: new ResponsesServer(), [Symbol.asyncDispose]: () => model.server.stop() };
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.server.url };
  await using program = await startBinary(["--agent", join(EXPORTED, "guarded-first.ts"), "--database-url", "memory:"], { env });
  const input = userInput(message("Tell me of love.", { "harbour matters": verdict }));
  const events = await Array.fromAsync(eventsOf(await program.post({ type: "threads.create", params: { input } })));
  expect(JSON.stringify(events.at(-1))).toContain("Sorry, I cannot answer this: it is not what this assistant is for.");
});
