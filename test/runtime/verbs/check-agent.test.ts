import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load.ts";
import { toChatKitError } from "../../../src/errors.ts";
import { checkAgent } from "../../../src/runtime/verbs/check-agent.ts";
import { emptyFolder } from "../../support/binary.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const KEY = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: "https://models.example/v1/sk-planted" };
let folder: Awaited<ReturnType<typeof emptyFolder>>;
beforeAll(async () => (folder = await emptyFolder()));
afterAll(() => folder[Symbol.asyncDispose]());

async function check(name: string, text: string, env: Record<string, string> = KEY) {
  const agent = join(folder.path, name);
  await Bun.write(agent, text);
  return checkAgent(await loadConfig({ agent, model: "gpt-default", titleModel: "gpt-small" }, env), () => import("../../../src/index.ts"));
}

const TWO = `
name: Front
instructions: Hi.
handoffs: [Back]
agents:
  - { name: Back, instructions: Hi., model: gpt-own }
`;

test("names the model of each agent, those of handoffs and titles as well, and where they are", async () => {
  const { models, describe } = await check("two.yaml", TWO);
  expect(models).toEqual([
    { agent: "Front", model: "gpt-default" },
    { agent: "Back", model: "gpt-own" },
    { agent: "Titles", model: "gpt-small" },
  ]);
  expect(describe).toEndWith("two.yaml. Front: gpt-default, Back: gpt-own, Titles: gpt-small; at https://models.example, Responses API.");
});

test("says that a model cannot answer without a key", async () => {
  const { models } = await check("no-key.yaml", TWO.replace("handoffs", "title: false\nhandoffs"), {});
  expect(models[1]).toEqual({ agent: "Back", model: "gpt-own, which cannot answer: OPENAI_API_KEY is not set" });
});

test("tells all mistakes of an agent file at once, each with its line", async () => {
  const broken = `
name: Front
instructions: { file: missing.md }
handoffs: [Nobody]
tools:
  - { type: http, name: find, description: Finds., url: "https://h/{id}" }
mcp_servers:
  - { name: gone, command: no-such-command-here }
agents:
  - { name: Front, instructions: Hi. }
`;
  const error = toChatKitError(await check("broken.yaml", broken).catch((thrown: unknown) => thrown));
  expect(error.code).toBe("config_invalid");
  const places = error.message.split("\n").map((line) => /broken\.yaml:(\d+)/.exec(line)?.[1]);
  expect(places.sort()).toEqual(["10", "3", "4", "6", "8"].sort());
});

test("variables that are missing do not hide what else is wrong", async () => {
  const error = toChatKitError(await check("missing.yaml", "name: A\ninstructions: Hi.\nmodel: ${NO_MODEL}\nwat: 1\n").catch((thrown: unknown) => thrown));
  expect(error.message).toMatch(/missing\.yaml:3: NO_MODEL is not set[^]*missing\.yaml:4: unknown key "wat"/);
});

test("loads a module with its routes, as serve would, and tells where it fails", async () => {
  const good = 'import { Agent } from "@openai/agents"; export default new Agent({ name: "Own", model: "gpt-mine" });\n';
  expect((await check("good.ts", good)).models[0]).toEqual({ agent: "Own", model: "gpt-mine" });
  const routes = `${good}export function routes() {\n  throw new Error("no route today");\n}`;
  const error = toChatKitError(await check("routes.ts", routes).catch((thrown: unknown) => thrown));
  expect(error.message).toMatch(/routes\.ts:3:\d+: no route today/);
});

test("of an exported workflow it tells what was mended, and which models are unknown or will be stopped, by what their names mean", async () => {
  await using model = { server: new ResponsesServer(), [Symbol.asyncDispose]: () => model.server.stop() };
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.server.url, CHATKIT_MODEL_ALIASES: "gpt-4.1-mini=fake" };
  const text = await Bun.file(join(import.meta.dir, "../../fixtures/agent-builder/classify-branches.ts")).text();
  const { models, warnings } = await check("branches.ts", text.replace("z.enum(", "z.array() && z.enum("), env);
  expect(models).toEqual([
    { agent: "Classify", model: "gpt-4.1" },
    { agent: "Berths", model: "gpt-4.1" },
    { agent: "Ferries", model: "fake" },
  ]);
  expect(warnings.map((line) => line.replaceAll(folder.path, ""))).toEqual([
    "/branches.ts:4: z.array() does not say of what: read as z.array(z.string())",
    expect.stringMatching(/^\/branches\.ts:47: tracing to OpenAI is off/),
    expect.stringContaining("does not list gpt-4.1, the model of Classify, Berths:"),
    expect.stringContaining("OpenAI stops gpt-4.1, the model of Classify, Berths, on 2027-01-14"),
  ]);
});
