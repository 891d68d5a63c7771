import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { doneItems, outline, say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, runBinary, startBinary } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { ResponsesServer } from "../support/responses-server.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

const FIXTURES = join(import.meta.dir, "../fixtures/agents");
const MEMORY = ["--database-url", "memory:"];

describe("a streamed answer", () => {
  test("comes from the demo model without any key, for the body the ChatKit client sends", async () => {
    await using program = await startBinary(MEMORY);
    const response = await program.post(
      '{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"Hi there"}],' +
        '"quoted_text":"","attachments":[],"inference_options":{}}}}',
      { headers: { accept: "text/event-stream", "chatkit-frame-instance-id": "f1", "accept-language": "de" } },
    );
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = await Array.fromAsync(eventsOf(response));
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(["thread.created", "thread.item.done", "stream_options"]);
    expect(outline(events).filter((step) => step === "assistant_message.content_part.text_delta").length).toBeGreaterThan(5);
    expect(texts(events)[0]).toStartWith("You said: Hi there");
  });

  test("that the program gives itself to warm up is in no log and in nobody's threads", async () => {
    await using program = await startBinary([...MEMORY, "--log-level", "debug"]);
    await Bun.sleep(500);
    const messages = program.output.stderr.trim().split("\n").map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toEqual(["listening"]);
    expect(await program.ask<{ data: object[] }>("threads.list", {})).toMatchObject({ data: [] });
  });

  test("comes from the model server that is configured, with its key and nobody else's", async () => {
    const model = new ResponsesServer();
    const env = { OPENAI_API_KEY: "sk-mine", OPENAI_BASE_URL: model.url };
    try {
      await using program = await startBinary([...MEMORY, "--model", "gpt-mine"], { env });
      const events = await program.events("threads.create", { input: userInput(say([[{ text: "From the server." }]])) });
      expect(texts(events)).toEqual(["From the server."]);
      const asked = model.requests.find(({ body }) => body.stream);
      expect(asked?.headers.get("authorization")).toBe("Bearer sk-mine");
      expect(asked?.body["model"]).toBe("gpt-mine");
      expect(program.output.stdout).not.toContain("demo");
      expect(program.output.stdout + program.output.stderr).not.toContain("sk-mine");
    } finally {
      await model.stop();
    }
  });
});

describe("an agent module", () => {
  test("runs its tools with no node_modules beside it", async () => {
    const model = new ResponsesServer();
    await using folder = await emptyFolder();
    await cp(join(FIXTURES, "assistant.ts"), join(folder.path, "agent.ts"));
    await cp(join(FIXTURES, "lib"), join(folder.path, "lib"), { recursive: true });
    const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
    try {
      await using program = await startBinary([...MEMORY, "--agent", "agent.ts"], { cwd: folder.path, env });
      const script = [[{ tool: "search_database", args: { query: "tea" } }], [{ text: "Found it." }]];
      const events = await program.events("threads.create", { input: userInput(say(script)) });
      expect(texts(events)).toEqual(["Found it."]);
      const second = JSON.stringify(model.requests.filter(({ body }) => body.stream).at(-1)?.body.input);
      expect(second.toLowerCase()).toContain("results for: tea");
    } finally {
      await model.stop();
    }
  });

  test("may import packages of its own, whose imports of ours are ours", async () => {
    await using folder = await emptyFolder();
    const own = join(folder.path, "node_modules/own-package");
    await mkdir(join(own, "dist"), { recursive: true });
    await Bun.write(join(own, "package.json"), JSON.stringify({ name: "own-package", type: "module", exports: { ".": "./dist/main.js" } }));
    await Bun.write(
      join(own, "dist/main.js"),
      'import { Agent } from "@openai/agents"; export const make = (name) => new Agent({ name, instructions: "" });',
    );
    await Bun.write(join(folder.path, "agent.ts"), 'import { make } from "own-package"; export default make("Own");');
    await using program = await startBinary([...MEMORY, "--agent", join(folder.path, "agent.ts")]);
    expect(texts(await program.events("threads.create", { input: userInput("Hi") }))).toHaveLength(1);
  });

  test("may be a server class, and may add routes that run behind identity", async () => {
    await using own = await startBinary([...MEMORY, "--agent", join(FIXTURES, "server-class.ts")]);
    const events = await own.events("threads.create", { input: userInput("Hi") });
    expect(doneItems(events).map(({ type }) => type)).toEqual(["user_message", "assistant_message"]);
    await using routes = await startBinary([...MEMORY, "--agent", join(FIXTURES, "routes.ts"), "--auth", "header"]);
    const hello = await fetch(`${routes.url}/hello`, { headers: { "x-user-id": "ada" } });
    expect(await hello.json()).toEqual({ user: "ada" });
    expect((await fetch(`${routes.url}/hello`)).status).toBe(401);
    const missing = await fetch(`${routes.url}/missing`, { headers: { "x-user-id": "ada" } });
    expect([missing.status, ((await missing.json()) as { error: { code: string } }).error.code]).toEqual([404, "thread_not_found"]);
  });

  test.each([
    ["syntax-error.ts", /syntax-error\.ts:3/],
    ["missing-package.ts", /missing-package\.ts.*no-such-package/s],
    ["missing-name.ts", /missing-name\.ts.*nope/s],
    ["throws.ts", /throws\.ts:3/],
    ["wrong-export.ts", /wrong-export\.ts.*default export/s],
  ])("that is broken, as %s, keeps the server from starting: 2, with the place", async (file, place) => {
    const { code, stdout, stderr } = await runBinary(["--port", "0", ...MEMORY, "--agent", join(FIXTURES, file)]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(place);
  });

  test("that fails late, where nobody can catch it, takes no other stream along", async () => {
    const model = new ResponsesServer();
    const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
    try {
      await using program = await startBinary([...MEMORY, "--agent", join(FIXTURES, "late-error.ts")], { env });
      const slow = program.events("threads.create", {
        input: userInput(say({ turns: [[{ text: "one two three four five six" }]], delay: 100 })),
      });
      await program.events("threads.create", { input: userInput(say([[{ tool: "light_fuse" }], [{ text: "Lit." }]])) });
      expect(texts(await slow)).toEqual(["one two three four five six"]);
      expect(program.output.stderr).toContain("thrown from a timer");
      expect(program.output.stderr).toContain("a rejection that nobody awaits");
    } finally {
      await model.stop();
    }
  });
});
