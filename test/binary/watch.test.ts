import { afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { isRunning } from "../support/is-running.ts";
import type { Script } from "../support/model-script.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

let model: ResponsesServer;
let folder: Awaited<ReturnType<typeof emptyFolder>>;
beforeEach(async () => {
  model = new ResponsesServer();
  folder = await emptyFolder();
});
afterEach(async () => {
  await model.stop();
  await folder[Symbol.asyncDispose]();
});

/** Where a tool waits until the test lets it go on. */
function gate() {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async () => {
      asked.resolve();
      await released.promise;
      return new Response("open");
    },
  });
  const url = `http://127.0.0.1:${server.port}/`;
  return { url, asked: asked.promise, open: released.resolve, [Symbol.asyncDispose]: () => server.stop(true) };
}

const write = (name: string, text: string) => Bun.write(join(folder.path, name), text);

async function watching(file: string): Promise<Program> {
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url, CHATKIT_WATCH: "true" };
  return startBinary(["--database-url", "memory:", "--agent", join(folder.path, file)], { env, cwd: folder.path });
}

const ask = (program: Program, script: Script | string) =>
  program.events("threads.create", { input: userInput(typeof script === "string" ? script : say(script)) });
const lines = (program: Program, words: string) => program.output.stderr.split("\n").filter((line) => line.includes(words));
const reloads = (program: Program, count: number) =>
  until(async () => (lines(program, "loaded anew").length >= count ? true : undefined));
/** The instructions that the model was given last. */
const instructions = () => model.requests.at(-1)?.body["instructions"];

/** A module of two files: who it is, what its tool and its route say. */
async function writeModule(name: string): Promise<void> {
  await write("name.ts", `export const name = ${JSON.stringify(name)};`);
  await write(
    "agent.ts",
    `import { Agent, tool } from "@openai/agents";
     import { agentContext } from "chatkit-server";
     import { z } from "zod";
     import { name } from "./name.ts";
     const said = (run) => name + " for " + agentContext(run).requestContext.by;
     const who = tool({ name: "who", description: "", parameters: z.object({}), execute: (_, run) => said(run) });
     const at = z.object({ at: z.string() });
     const wait = tool({ name: "wait", description: "", parameters: at, execute: async ({ at }) => (await fetch(at)).text() });
     export default new Agent({ name: "Who", instructions: "I am " + name, tools: [who, wait] });
     export const routes = (app, ports) => app.get("/who", async (c) => c.json({ name, by: (await ports.requestContext(c.req.raw)).by }));
     export const context = (request, base) => ({ ...base, by: name });`,
  );
}

describe("a watched agent module", () => {
  test("is read anew with its files, routes and context, while a running answer goes on with what it began with", async () => {
    await writeModule("the first");
    await using program = await watching("agent.ts");
    await using held = gate();
    const turns = [[{ tool: "wait", args: { at: held.url } }], [{ tool: "who" }], [{ text: "Said." }]];
    const running = ask(program, { turns });
    await held.asked;
    await write("name.ts", 'export const name = "the second";');
    await reloads(program, 1);
    expect(await (await fetch(`${program.url}/who`)).json()).toEqual({ name: "the second", by: "the second" });
    await ask(program, "Hi");
    expect(instructions()).toBe("I am the second");
    held.open();
    expect(texts(await running)).toEqual(["Said."]);
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain("the first for the first");
    expect(instructions()).toBe("I am the first");
  });

  test.each([
    ["agent.ts", "const tools = [;\n", /agent\.ts:1:\d+: /],
    ["name.ts", "export const name = ;\n", /name\.ts:1:\d+: /],
    ["name.ts", 'export const name = "x";\n\nthrow new Error("on purpose");\n', /name\.ts:3:\d+: on purpose/],
    ["agent.ts", 'import "nowhere";\nexport default 1;\n', /agent\.ts:1: there is no package/],
  ])("that breaks in %s by %j is one line with the place, and the one from before stays until it is mended", async (file, text, place) => {
    await writeModule("the first");
    await using program = await watching("agent.ts");
    await write(file, text);
    const told = await until(async () => lines(program, "cannot be loaded")[0]);
    expect(told).toMatch(place);
    await ask(program, "Hi");
    expect(instructions()).toBe("I am the first");
    await writeModule("the mended");
    await reloads(program, 1);
    await ask(program, "Hi");
    expect(instructions()).toBe("I am the mended");
    expect(lines(program, "cannot be loaded")).toHaveLength(1);
  });

  test("whose new version fails late, thrown and floating, takes no running answer along", async () => {
    await writeModule("the first");
    await using program = await watching("agent.ts");
    await using held = gate();
    const running = ask(program, { turns: [[{ tool: "wait", args: { at: held.url } }], [{ text: "one two three" }]] });
    await held.asked;
    await write(
      "name.ts",
      `export const name = "the second";
       void Promise.reject(new Error("a rejection that nobody awaits"));
       setTimeout(() => { throw new Error("thrown from a timer"); }, 50);
       setTimeout(async () => { throw new Error("a late rejection"); }, 50);`,
    );
    await reloads(program, 1);
    for (const late of ["a rejection that nobody awaits", "thrown from a timer", "a late rejection"]) {
      await until(async () => (program.output.stderr.includes(late) ? true : undefined));
    }
    held.open();
    expect(texts(await running)).toEqual(["one two three"]);
    await ask(program, "Hi");
    expect(instructions()).toBe("I am the second");
    expect(await program.end("SIGTERM")).toBe(0);
  });
});

describe("a watched agent file", () => {
  /** Its MCP server notes its process id in a file that nobody watches; the SDK starts one more, to ask what it speaks. */
  async function writeFile(instructions: string, url: string): Promise<void> {
    const server = join(import.meta.dir, "../support/mcp-server.ts");
    const command = `echo $$ >> ${join(folder.path, "pids.log")}; exec ${process.execPath} --no-install ${server}`;
    const mcp = { name: "files", command: "/bin/sh", args: ["-c", command] };
    const wait = { type: "http", name: "wait", description: "Waits.", method: "GET", url, parameters: { type: "object", properties: {} } };
    await write("agent.yaml", JSON.stringify({ name: "Filed", instructions, tools: [wait], mcp_servers: [mcp] }));
  }
  const alive = async () => {
    const started = (await Bun.file(join(folder.path, "pids.log")).text()).trim().split("\n");
    return started.map(Number).filter(isRunning);
  };

  test("ends the MCP servers of before once their last answer has ended, and all of them with the program", async () => {
    await using held = gate();
    await writeFile("Be brief.", held.url);
    await using program = await watching("agent.yaml");
    const [first, ...none] = await alive();
    expect(none).toEqual([]);
    const turns = [[{ tool: "wait" }], [{ tool: "echo", args: { text: "old" } }], [{ text: "Echoed." }]];
    const running = ask(program, { turns });
    await held.asked;
    await writeFile("Be verbose.", held.url);
    await reloads(program, 1);
    await ask(program, "Hi");
    expect(instructions()).toBe("Be verbose.");
    const second = (await alive()).find((pid) => pid !== first);
    expect(await alive()).toEqual([first!, second!]);
    held.open();
    expect(texts(await running)).toEqual(["Echoed."]);
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain("echo: old");
    await until(async () => ((await alive()).length === 1 ? true : undefined));
    expect(await alive()).toEqual([second!]);
    expect(await program.end("SIGTERM")).toBe(0);
    await until(async () => ((await alive()).length === 0 ? true : undefined));
  });
});

test("without --watch a changed agent changes nothing", async () => {
  await writeModule("the first");
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  await using program = await startBinary(["--database-url", "memory:", "--agent", join(folder.path, "agent.ts")], { env });
  await write("name.ts", 'export const name = "the second";');
  await Bun.sleep(300);
  await ask(program, "Hi");
  expect(instructions()).toBe("I am the first");
});

test("SIGHUP reads the log level, the keys and the agent again, and ends nothing", async () => {
  await write("chatkit.yaml", "log_level: warn\n");
  await chmod(join(folder.path, "chatkit.yaml"), 0o644);
  await write("key", "sk-the-first");
  await writeModule("the first");
  const env = { OPENAI_API_KEY_FILE: join(folder.path, "key"), OPENAI_BASE_URL: model.url };
  await using program = await startBinary(["--database-url", "memory:", "--agent", "agent.ts"], { env, cwd: folder.path });
  await using held = gate();
  const running = ask(program, { turns: [[{ tool: "wait", args: { at: held.url } }], [{ text: "Said." }]] });
  await held.asked;
  await write("chatkit.yaml", "log_level: info\n");
  await write("key", "sk-the-second");
  await write("name.ts", 'export const name = "the second";');
  program.child.kill("SIGHUP");
  await until(async () => ((await (await fetch(`${program.url}/who`)).text()).includes("the second") ? true : undefined));
  await ask(program, "Hi");
  expect(model.requests.at(-1)?.headers.get("authorization")).toBe("Bearer sk-the-second");
  expect(instructions()).toBe("I am the second");
  held.open();
  expect(texts(await running)).toEqual(["Said."]);
  await until(async () => (lines(program, '"msg":"request"').length >= 2 ? true : undefined));
  await write("agent.ts", "export default ;");
  program.child.kill("SIGHUP");
  await until(async () => (lines(program, "the agent from before stays").length > 0 ? true : undefined));
  expect(texts(await ask(program, say([[{ text: "Still here." }]])))).toEqual(["Still here."]);
  expect(await program.end("SIGTERM")).toBe(0);
});
