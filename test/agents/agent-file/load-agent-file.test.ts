import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentFile } from "../../../src/agents/agent-file/parse.ts";
import { agentFile } from "../../../src/agents/agent-file/schema.ts";
import type { AgentServer } from "../../../src/agents/agent-server.ts";
import { loadAgentServer, type LoadedAgent } from "../../../src/agents/loading/load-agent-server.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { answerOf, ports } from "../../support/chat.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "agent-file-"))));
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string, env: Record<string, string> = {}, name = "agent.yaml"): Promise<LoadedAgent> {
  const path = join(folder, name);
  await Bun.write(path, text);
  return loadAgentServer({ path, ports: ports(new MemoryStore()), models: {}, embedded: {}, env });
}

const agentOf = ({ server }: LoadedAgent) => (server as AgentServer).options.agent;

async function complaint(text: string, env: Record<string, string> = {}): Promise<string> {
  const error = await load(text, env).then(() => undefined, (thrown: unknown) => thrown as { code: string; message: string });
  expect(error?.code).toBe("config_invalid");
  return (error?.message ?? "").replaceAll(`${folder}/`, "");
}

describe("an agent file", () => {
  test("describes an agent, its settings, hosted tools and prompts", async () => {
    const loaded = await load(`
name: Helper
instructions: Help.
model: gpt-5
settings: { temperature: 0.5, max_tokens: 100, reasoning_effort: low, verbosity: high, parallel_tool_calls: false }
tools:
  - type: web_search
    allowed_domains: [example.com]
  - { type: file_search, vector_store_ids: [vs_1], max_results: 3 }
  - type: code_interpreter
  - { type: image_generation, size: 1024x1024 }
title: false
tool_activity: progress
history_items: 20
max_turns: 4
models: [gpt-5, gpt-5-mini]
prompts:
  - { label: Hello, prompt: Say hello }
`);
    const agent = agentOf(loaded);
    expect(agent).toMatchObject({ name: "Helper", instructions: "Help.", model: "gpt-5" });
    expect(agent.modelSettings).toEqual({
      temperature: 0.5,
      maxTokens: 100,
      reasoning: { effort: "low" },
      text: { verbosity: "high" },
      parallelToolCalls: false,
    });
    expect(agent.tools.map((tool) => tool.name)).toEqual(["web_search", "file_search", "code_interpreter", "image_generation"]);
    expect((loaded.server as AgentServer).options).toMatchObject({ title: false, toolActivity: "progress", historyItems: 20, maxTurns: 4 });
    expect(loaded.prompts).toEqual([{ label: "Hello", prompt: "Say hello" }]);
  });

  test("may be JSON, and may keep its instructions in a file beside it", async () => {
    await Bun.write(join(folder, "prompt.md"), "Be kind.\n");
    const loaded = await load(JSON.stringify({ name: "J", instructions: { file: "prompt.md" } }), {}, "agent.json");
    expect(agentOf(loaded).instructions).toBe("Be kind.\n");
    expect(await answerOf(loaded.server, "hi")).toContain("You said: hi");
  });

  test("may have several agents that hand over to each other", async () => {
    const first = agentOf(
      await load(`
name: Front
instructions: Greet.
handoffs: [Refunds]
agents:
  - name: Refunds
    instructions: Refund.
    handoff_description: Money back
    handoffs: [Front]
`),
    );
    const [refunds] = first.handoffs as [typeof first];
    expect(refunds).toMatchObject({ name: "Refunds", handoffDescription: "Money back" });
    expect(refunds.handoffs[0]).toBe(first);
  });
});

describe("the documented agent file", () => {
  test("is one, with every key there is", async () => {
    const yaml = await Bun.file(new URL("../../../src/agents/agent-file/every-key.yaml", import.meta.url)).text();
    const set = { VECTOR_STORE: "vs_1", ORDERS_TOKEN: "t", LOG_LEVEL: "info", WIKI_TOKEN: "t" };
    const { file } = parseAgentFile("agent.yaml", yaml, set);
    expect(Object.keys(file).sort()).toEqual(Object.keys(agentFile.shape).sort());
    expect(new Set(file.tools.map((tool) => tool.type)).size).toBe(5);
  });

  test("is one in the README, too", async () => {
    const page = await Bun.file(new URL("../../../README.md", import.meta.url)).text();
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    expect(parseAgentFile("agent.yaml", yaml, { ORDERS_TOKEN: "t" }).file.tools).toMatchObject([{ name: "get_order", needs_approval: true }]);
  });
});

describe("a mistake in an agent file is told with its line", () => {
  const MIN = "name: A\ninstructions: B\n";
  test.each([
    ["an unknown key", `${MIN}colour: red\n`, 'agent.yaml:3: unknown key "colour".'],
    ["an unknown key inside", `${MIN}settings:\n  temperature: 1\n  heat: 2\n`, 'agent.yaml:5: unknown key "heat" in settings.'],
    ["an unknown key of a tool", `${MIN}tools:\n  - type: web_search\n    depth: 3\n`, 'agent.yaml:5: unknown key "depth" in tools.0.'],
    [
      "an unknown key of an MCP server",
      `${MIN}mcp_servers:\n  - name: x\n    url: https://x\n    port: 1\n`,
      'agent.yaml:6: unknown key "port" in mcp_servers.0.',
    ],
    [
      "a value of the wrong type",
      `${MIN}settings:\n  temperature: hot\n`,
      "agent.yaml:4: settings.temperature: Invalid input: expected number, received string.",
    ],
    ["a missing field", "name: A\n", "agent.yaml:1: instructions: Expected text or {file: path}."],
    [
      "an unknown kind of tool",
      `${MIN}tools:\n  - type: magic\n`,
      "agent.yaml:4: tools.0.type: Invalid discriminator value. " +
        "Expected 'http' | 'web_search' | 'file_search' | 'code_interpreter' | 'image_generation'.",
    ],
    ["a handoff to nobody", `${MIN}handoffs:\n  - C\n`, "agent.yaml:4: there is no agent C in this file."],
    [
      "two tools of one name",
      `${MIN}tools:\n${'  - { type: http, name: get, description: D, url: "https://api.example" }\n'.repeat(2)}`,
      "agent.yaml:5: A has another tool of the same name.",
    ],
    ["two agents of one name", `${MIN}agents:\n  - name: A\n    instructions: C\n`, "agent.yaml:4: there is more than one agent A."],
    ["instructions that are not there", "name: A\ninstructions:\n  file: gone.md\n", "agent.yaml:3: the file gone.md cannot be read."],
    [
      "a variable that is not set",
      `${MIN}tools:\n  - type: file_search\n    vector_store_ids: ["\${STORE}"]\n`,
      "agent.yaml:5: STORE is not set in the environment.",
    ],
    ["a list", "- a\n", "agent.yaml:1: the file: Invalid input: expected object, received array."],
    ["nothing at all", "", "agent.yaml: the file: Invalid input: expected object, received null."],
  ])("%s", async (_name, text, expected) => {
    expect(await complaint(text)).toBe(expected);
  });

  test("text that is no YAML, without quoting the line, which may hold a secret (CWE-532)", async () => {
    const message = await complaint(`${MIN}model: "sk-secret\n`);
    expect(message).toMatch(/^agent\.yaml:\d: /);
    expect(message).not.toContain("sk-secret");
  });

  test("all mistakes at once", async () => {
    expect((await complaint("name: ''\ncolour: red\n")).split("\n")).toHaveLength(3);
  });

  test("the environment stays out of what the model reads", async () => {
    const loaded = await load(`${MIN.replace("B", "Say ${SECRET}")}`, { SECRET: "s3cret" });
    expect(agentOf(loaded).instructions).toBe("Say ${SECRET}");
  });
});

describe("an HTTP tool of an agent file", () => {
  type Seen = { method: string; url: string; headers: Headers; body: string };
  const seen: Seen[] = [];
  let api: Bun.Server<undefined>;
  let reply: () => Response | Promise<Response>;
  beforeAll(() => {
    api = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        seen.push({ method: request.method, url: pathname + search, headers: request.headers, body: await request.text() });
        return reply();
      },
    });
  });
  beforeEach(() => {
    seen.length = 0;
    reply = () => new Response("It is on its way.");
  });
  afterAll(() => api.stop(true));

  const file = (tool: string) => `
name: Orders
instructions: Help.
tool_activity: "off"
tools:
  - type: http
    name: get_order
    description: One order.
    ${tool.trim().replaceAll("\n", "\n    ")}
`;
  const url = (path: string) => `http://127.0.0.1:${api.port}${path}`;
  /** Calls the tool as the SDK does; `input` as the model wrote it, or as an object. */
  const invoke = async (loaded: LoadedAgent, input: object | string): Promise<unknown> => {
    const [tool] = agentOf(loaded).tools;
    if (tool?.type !== "function") throw new Error("no function tool");
    const text = typeof input === "string" ? input : JSON.stringify(input);
    return tool.invoke({} as never, text, { toolCall: { type: "function_call", callId: "c1", name: tool.name, arguments: text } });
  };

  test("fills its URL from the arguments, sends the others as the query, and headers from the environment", async () => {
    const loaded = await load(
      file(`
url: ${url("/orders/{id}?lang=en")}
headers: { authorization: "Bearer \${TOKEN}" }
parameters: { type: object, properties: { id: { type: string }, depth: { type: integer } }, required: [id] }`),
      { TOKEN: "t-1" },
    );
    expect(await invoke(loaded, { id: "a b;ü?#", depth: 2 })).toBe("It is on its way.");
    expect(seen[0]).toMatchObject({ method: "GET", url: "/orders/a%20b%3B%C3%BC%3F%23?lang=en&depth=2" });
    expect(seen[0]?.headers.get("authorization")).toBe("Bearer t-1");
  });

  test("sends the arguments of a POST as JSON", async () => {
    const parameters = "{ type: object, properties: { id: { type: integer }, note: { type: string }, lines: { type: array } } }";
    const loaded = await load(file(`method: POST\nurl: ${url("/orders/{id}")}\nparameters: ${parameters}`));
    await invoke(loaded, { id: 7, note: "now", lines: [1] });
    expect(seen[0]).toMatchObject({ method: "POST", url: "/orders/7", body: '{"note":"now","lines":[1]}' });
    expect(seen[0]?.headers.get("content-type")).toBe("application/json");
  });

  test("is called by the model like any other tool", async () => {
    const loaded = await load(file(`url: ${url("/orders")}`));
    expect(await answerOf(loaded.server, "get my order")).toStartWith("It is on its way.");
  });

  test("does not send arguments that do not fit its schema", async () => {
    const parameters = "{ type: object, properties: { id: { type: integer } }, required: [id] }";
    const loaded = await load(file(`url: ${url("/orders")}\nparameters: ${parameters}`));
    expect(String(await invoke(loaded, { id: "seven" }))).toStartWith("The arguments do not fit:");
    expect(seen).toEqual([]);
  });

  test("may be sent a slash within an argument where its author says so", async () => {
    const parameters = "{ type: object, properties: { path: { type: string } } }";
    const loaded = await load(file(`url: ${url("/files/{path}/raw?of={path}")}\nslashes_in: [path]\nparameters: ${parameters}`));
    await invoke(loaded, { path: "src/a.ts" });
    expect(seen[0]?.url).toBe("/files/src%2Fa.ts/raw?of=src%2Fa.ts");
    for (const path of ["/etc", "a//b", "a/../b", "a/%2e%2e/b", "a/", "..\\b"]) expect(String(await invoke(loaded, { path }))).toContain("are not allowed");
    expect(seen).toHaveLength(1);
  });

  test("may be sent arguments of any name where its author says so, but none that the address has already", async () => {
    const loaded = await load(file(`url: ${url("/orders?tenant=acme")}\nparameters: { type: object, additionalProperties: true }`));
    await invoke(loaded, { colour: "red", tenant: "evil", Tenant: "evil" });
    expect(seen[0]?.url).toBe("/orders?tenant=acme&colour=red");
  });

  test("is sent what its schema declares in parts", async () => {
    const parameters = `
  type: object
  allOf: [{ properties: { a: { type: string } } }, { $ref: "#/$defs/More" }]
  patternProperties: { "^x-": { type: string } }
  $defs: { More: { type: object, properties: { b: { type: integer } } } }`;
    const loaded = await load(file(`url: ${url("/orders")}\nparameters:${parameters}`));
    await invoke(loaded, { a: "1", b: 2, c: 3, "x-d": "4", "y-d": "5" });
    expect(seen[0]?.url).toBe("/orders?a=1&b=2&x-d=4");
  });

  test("does not follow a redirect to where nobody sent it (CWE-918)", async () => {
    const loaded = await load(file(`url: ${url("/orders")}`));
    reply = () => Response.redirect(url("/internal"), 302);
    expect(String(await invoke(loaded, {}))).toStartWith("HTTP 302");
    expect(seen.map((request) => request.url)).toEqual(["/orders"]);
  });

  test("tells the model of an error status, of silence and of an address that does not answer", async () => {
    reply = () => new Response("no such order", { status: 404 });
    expect(await invoke(await load(file(`url: ${url("/orders")}`)), {})).toBe("HTTP 404: no such order");
    reply = () => new Promise(() => {});
    expect(await invoke(await load(file(`url: ${url("/orders")}\ntimeout_ms: 50`)), {})).toBe("There was no answer within 50 ms.");
    const closed = await load(file("url: http://127.0.0.1:1/orders"));
    expect(await invoke(closed, {})).toBe("The address cannot be reached.");
  });

  test("leaves a null out of its query, and keeps it in a body", async () => {
    const parameters = "{ type: object, properties: { a: { type: [string, 'null'] }, b: { type: string } } }";
    await invoke(await load(file(`url: ${url("/orders")}\nparameters: ${parameters}`)), { a: null, b: "2" });
    await invoke(await load(file(`method: POST\nurl: ${url("/orders")}\nparameters: ${parameters}`)), { a: null, b: "2" });
    expect(seen.map(({ url, body }) => `${url} ${body}`)).toEqual(["/orders?b=2 ", '/orders {"a":null,"b":"2"}']);
  });

  test("keeps all digits of a whole number, in the path, the query and the body", async () => {
    const parameters = "{ type: object, properties: { id: { type: integer }, n: { type: integer }, list: { type: array } } }";
    const input = '{"id":12345678901234567890,"n":9007199254740993,"list":[1,2.5,36893488147419103232]}';
    await invoke(await load(file(`method: PUT\nurl: ${url("/orders/{id}")}\nparameters: ${parameters}`)), input);
    await invoke(await load(file(`url: ${url("/orders/{id}")}\nparameters: ${parameters}`)), '{"id":1,"n":9007199254740993}');
    expect(seen[0]).toMatchObject({ url: "/orders/12345678901234567890", body: '{"n":9007199254740993,"list":[1,2.5,36893488147419103232]}' });
    expect(seen[1]?.url).toBe("/orders/1?n=9007199254740993");
  });

  test.each([
    ["text/plain; charset=iso-8859-1", [0x67, 0xfc, 0x6e], "gün"],
    ["text/html; charset=Shift_JIS", [0x93, 0xfa, 0x96, 0x7b], "日本"],
    ["text/plain", [0x67, 0xfc, 0x6e], "gün"],
    ["application/json", [0x22, 0xc3, 0xbc, 0x22], '"ü"'],
    ["application/octet-stream", [0x6f, 0x6b], "ok"],
    ["application/zip", [0x50, 0x4b, 3, 4, 0, 0xff], "[application/zip, 6 bytes]"],
    ["audio/mpeg", [0xff, 0xfb, 0x90, 0], "[audio/mpeg, 4 bytes]"],
  ])("reads an answer of the type %s as what it is", async (type, bytes, expected) => {
    reply = () => new Response(new Uint8Array(bytes), { headers: { "content-type": type } });
    expect(await invoke(await load(file(`url: ${url("/orders")}`)), {})).toBe(expected);
  });

  test("hands an image on to the model, with a line for models that take none", async () => {
    reply = () => new Response(new Uint8Array([1, 2, 3]), { headers: { "content-type": "image/png" } });
    const parts = [{ type: "text", text: "[image/png, 3 bytes]" }, { type: "image", image: "data:image/png;base64,AQID" }];
    expect(await invoke(await load(file(`url: ${url("/orders")}`)), {})).toEqual(parts);
  });

  test("has no placeholder that its parameters do not declare", async () => {
    const message = await complaint(file("url: https://api.example/orders/{id}\nparameters: { type: object, properties: { order: { type: string } } }"));
    expect(message).toBe("agent.yaml:9: the parameters of get_order have no id, so {id} would stay empty.");
  });

  test("shows the model no more than the start of a long answer", async () => {
    const loaded = await load(file(`url: ${url("/orders")}`));
    reply = () => new Response("x".repeat(1_000_000));
    expect(String(await invoke(loaded, {})).length).toBe(20_001);
  });

  test.each([
    ["https://{host}/orders", "agent.yaml:9: the host of the url must not have placeholders."],
    ["https://api.example@{host}/orders", "agent.yaml:9: the host of the url must not have placeholders."],
    ["file:///etc/passwd", "agent.yaml:9: the url is not an http(s) address."],
    ["orders", "agent.yaml:9: the url is not an http(s) address."],
    ["https:{host}/orders", "agent.yaml:9: the host of the url must not have placeholders."],
    ["https:\\\\{host}/orders", "agent.yaml:9: the host of the url must not have placeholders."],
    ["https://{user}@api.example/", "agent.yaml:9: the host of the url must not have placeholders."],
  ])("has a host that only the file decides: %s (CWE-918)", async (address, expected) => {
    expect(await complaint(file(`url: '${address}'`))).toBe(expected);
  });

  test("names an argument that may have slashes and is not in its path", async () => {
    const message = await complaint(file("url: https://api.example/orders?of={path}\nslashes_in: [path]"));
    expect(message).toBe("agent.yaml:10: the path of the url has no {path}.");
  });
});
