import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentServer } from "../../../src/agents/agent-server.ts";
import { loadAgentServer, type LoadedAgent } from "../../../src/agents/loading/load-agent-server.ts";
import * as library from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { answerOf, asker, ports } from "../../support/chat.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures/agents");
let folder: string;

// Outside of this project, so that nothing is found in its node_modules.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent modules ü "));
  await cp(FIXTURES, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

function load(file: string, more: { fresh?: boolean } = {}): Promise<LoadedAgent> {
  const embedded = { "chatkit-server": library };
  return loadAgentServer({ path: join(folder, file), ports: ports(new MemoryStore()), models: {}, embedded, ...more });
}

async function complaint(file: string): Promise<string> {
  const error = await load(file).then(() => undefined, (thrown: unknown) => thrown as { code: string; message: string });
  expect(error?.code).toBe("config_invalid");
  return (error?.message ?? "").replaceAll(folder, "");
}

describe("an agent module", () => {
  test("may export an Agent: its tools run, its relative imports and JSON are found, no node_modules is needed", async () => {
    const loaded = await load("assistant.ts");
    expect(loaded.server).toBeInstanceOf(AgentServer);
    expect(await answerOf(loaded.server, "search the database")).toStartWith("Results for: search the database!");
  });

  test("may export a class that extends ChatKitServer", async () => {
    expect(await answerOf((await load("server-class.ts")).server)).toBe("Served at MemoryStore.");
  });

  test("may export a function of the ports, which may be async", async () => {
    const { server } = await load("function.ts");
    expect((server as AgentServer).options.agent.name).toBe("Agent of http://127.0.0.1");
  });

  test("may name routes and a context", async () => {
    const { routes, context } = await load("routes.ts");
    expect(routes).toBeFunction();
    const request = new Request("http://127.0.0.1/", { headers: { "x-plan": "gold" } });
    expect(await context?.(request, asker())).toMatchObject({ userId: "ada", plan: "gold" });
  });

  test("is the built-in assistant when there is none", async () => {
    const loaded = await loadAgentServer({ ports: ports(new MemoryStore()), models: {}, embedded: {} });
    expect(await loaded.describe()).toStartWith("Serving the built-in assistant. The demo model answers");
    expect(await answerOf(loaded.server, "weather in Rome")).toContain("°C in Rome");
  });

  test("is found by a symbolic link", async () => {
    await symlink(join(folder, "assistant.ts"), join(folder, "link.ts"));
    expect((await load("link.ts")).server).toBeInstanceOf(AgentServer);
  });

  test("uses the program's own packages, also through a dependency and against a copy on disk", async () => {
    const modules = join(folder, "node_modules");
    await mkdir(join(modules, "zod"), { recursive: true });
    await mkdir(join(modules, "weather-tools"), { recursive: true });
    await Bun.write(join(modules, "zod/index.js"), "export const z = 'the copy on disk';");
    const dependency = "import { z } from 'zod'; export const isSchema = (s) => s instanceof z.ZodObject;";
    await Bun.write(join(modules, "weather-tools/index.js"), dependency);
    await Bun.write(
      join(folder, "identity.ts"),
      `import { Agent } from "@openai/agents";
       import { z } from "zod";
       import { z as v4 } from "zod/v4";
       import OpenAI from "openai";
       import { isSchema } from "weather-tools";
       export default new Agent({ name: [isSchema(z.object({})), z.object === v4.object, typeof OpenAI].join(" ") });`,
    );
    expect(((await load("identity.ts")).server as AgentServer).options.agent.name).toBe("true true function");
    await rm(modules, { recursive: true });
  });
});

describe("what is wrong with an agent module is told with its place", () => {
  test.each([
    ["syntax-error.ts", "/syntax-error.ts:3:16: Unexpected ;\n    const tools = [;"],
    ["missing-name.ts", '/missing-name.ts:2: "zod" has no export named "nope".'],
    ["absent.ts", "There is no agent file /absent.ts."],
    [
      "missing-package.ts",
      '/missing-package.ts:2: there is no package "no-such-package": ' +
        "it is not part of this program, and not in a node_modules folder beside the file.",
    ],
    [
      "wrong-export.ts",
      "/wrong-export.ts: the default export is an object with name, instructions. " +
        "The default export must be an Agent, a class that extends ChatKitServer, or a function that makes one of the two.",
    ],
  ])("%s", async (file, expected) => {
    expect(await complaint(file)).toBe(expected);
  });

  test("a throw at the top level", async () => {
    expect(await complaint("throws.ts")).toStartWith("/throws.ts:3:");
  });

  test.each([
    ["no default export", "export const agent = 1;", "there is no default export."],
    ["a class of something else", "export default class Other {}", "the class Other does not extend ChatKitServer."],
    ["a function that returns nothing", "export default () => {};", "the default export returned undefined."],
    ["a function that throws", "export default () => {\n  throw new Error('no key');\n};", "a-function-that-throws.ts:2:13: no key"],
    [
      "routes that are no function",
      "export { default } from './assistant.ts';\nexport const routes = [];",
      'the export "routes" must be a function, it is an array.',
    ],
    ["a relative file that is missing", "import x from './gone.ts';\nexport default x;", ':1: there is no file "./gone.ts".'],
    ["errors in an imported file", "export { default } from './syntax-error.ts';", "/syntax-error.ts:3:16: Unexpected ;"],
  ])("%s", async (name, text, expected) => {
    const file = `${name.replaceAll(" ", "-")}.ts`;
    await Bun.write(join(folder, file), text);
    expect(await complaint(file)).toContain(expected);
  });
});

describe("an agent module that changed", () => {
  const write = (name: string, text: string) => Bun.write(join(folder, "changing", name), text);
  const nameOf = ({ server }: LoadedAgent) => (server as AgentServer).options.agent.name;

  test("is read again with all that it imports, while the server from before goes on as it was", async () => {
    await write("name.ts", "export const name = 'first';");
    const imports = "import { Agent } from '@openai/agents';\nimport { name } from './name.ts';";
    await write("agent.ts", `${imports}\nexport default new Agent({ name });`);
    const first = await load("changing/agent.ts");
    await write("name.ts", "export const name = 'second';");
    expect(nameOf(await load("changing/agent.ts"))).toBe("first");
    expect(nameOf(await load("changing/agent.ts", { fresh: true }))).toBe("second");
    expect(await answerOf(first.server)).toContain("You said: hi");
  });

  test("may be broken in between", async () => {
    await write("agent.ts", "export default [;");
    await expect(load("changing/agent.ts", { fresh: true })).rejects.toMatchObject({ code: "config_invalid" });
    await write("agent.ts", "import { Agent } from '@openai/agents';\nexport default new Agent({ name: 'mended' });");
    expect(nameOf(await load("changing/agent.ts", { fresh: true }))).toBe("mended");
  });
});
