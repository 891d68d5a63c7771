import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadAgentServer } from "../../src/agents/loading/load-agent-server.ts";
import * as library from "../../src/index.ts";
import { emptyFolder } from "../support/binary.ts";
import { createThread, events, itemsOf, ports, textOf, userInput } from "../support/chat.ts";
import { say } from "../support/agent-turn.ts";
import { ResponsesServer } from "../support/responses-server.ts";

const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
const moving = readme.slice(readme.indexOf("**From the Python SDK.**"), readme.indexOf("**Backup, restore"));
const [, python = "", typescript = ""] = /```python\n([^]*?)```[^]*?```ts\n([^]*?)```/.exec(moving) ?? [];

const LOOKED_UP = { turns: [[{ tool: "search_database", args: { query: "boats" } }], [{ text: "There are boats." }]] };

test("the server that the README shows beside the Python one answers with its tool, and remembers", async () => {
  await using folder = await emptyFolder();
  await using model = { server: new ResponsesServer(), [Symbol.asyncDispose]: () => model.server.stop() };
  const path = join(folder.path, "server.ts");
  await Bun.write(path, typescript);
  const options = { apiKey: "sk-test", baseURL: model.server.url, maxRetries: 0 };
  const { server } = await loadAgentServer({ path, ports: ports(), models: options, embedded: { "chatkit-server": library } });
  const { threadId } = await createThread(server, `Are there boats? ${say(LOOKED_UP)}`);
  await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(`And now? ${say([[{ text: "Still." }]])}`) });
  expect((await itemsOf(server, threadId)).filter(({ type }) => type === "assistant_message").map(textOf)).toEqual(["There are boats.", "Still."]);
  const [, second, third] = model.server.requests.map(({ body }) => JSON.stringify(body.input));
  expect(second).toContain("Results for: boats");
  expect(third).toMatch(/Are there boats.*There are boats.*And now/);
});

test("both say the same: the tool, the instructions, and each call with its arguments in their order", () => {
  const camel = (name: string) => name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
  for (const text of ["search_database", "Search the database for information.", "You are a helpful assistant."]) expect([python, typescript].map((code) => code.split(text).length - 1)).not.toContain(0);
  for (const call of ["load_thread_items", "simple_to_agent_input", "stream_agent_response"]) {
    expect(python).toContain(`${call}(`);
    expect(typescript).toContain(`${camel(call)}(`);
  }
});

test("each name in the README's table is one of the library", () => {
  const { ChatKitServer, MemoryStore, AgentContext } = library;
  const places: Record<string, object[]> = { "`ChatKitServer`": [ChatKitServer.prototype], "`Store`": [MemoryStore.prototype], "`AgentContext`": [AgentContext.prototype], "functions, classes": [library] };
  const rows = moving.split("\n").map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
  const names = (cell = "") => [...cell.replace(/;.*/, "").matchAll(/`(\w+)`/g)].map((match) => match[1]!);
  for (const [place, found] of Object.entries(places)) {
    const [, theirs, ours] = rows.find(([first]) => first === place)!;
    expect(names(ours)).toEqual(names(theirs).map((name) => name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())));
    expect(names(ours).length).toBeGreaterThan(5);
    for (const name of names(ours)) expect(found.some((one) => name in one) || name === "respond").toBe(true);
  }
});
