import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentFile } from "../../src/agents/agent-file/parse.ts";
import { httpTool } from "../../src/agents/agent-file/http-tool.ts";
import { mcpServer } from "../../src/agents/agent-file/mcp-servers.ts";
import { approvalWidget } from "../../src/agents/approvals/approval-widget.ts";
import { loadAgentServer } from "../../src/agents/loading/load-agent-server.ts";
import { logMcpServers } from "../../src/agents/mcp/lasting-server.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { createThread, ports, recordingLogger } from "../support/chat.ts";

/** What a model would try that has read somebody else's text, one test for each attack, named by its weakness. */

describe("an HTTP tool of an agent file", () => {
  const seen: { url: string; body: string }[] = [];
  let api: Bun.Server<undefined>;
  beforeAll(() => {
    api = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        seen.push({ url: pathname + search, body: await request.text() });
        return new Response("ok");
      },
    });
  });
  beforeEach(() => void (seen.length = 0));
  afterAll(() => api.stop(true));

  /** The tool of a file whose one tool has these fields. */
  function toolWith(fields: object, environment: Record<string, string> = {}) {
    const entry = { type: "http", name: "call", description: "Calls.", ...fields };
    const { file } = parseAgentFile("agent.json", JSON.stringify({ name: "A", instructions: "B", tools: [entry] }), environment);
    const tool = httpTool(file.tools[0] as never, (field) => field);
    if (tool.type !== "function") throw new Error("no function tool");
    const invoke = (input: object | string) => tool.invoke({} as never, typeof input === "string" ? input : JSON.stringify(input));
    return { tool, invoke };
  }

  const at = (path: string) => `http://127.0.0.1:${api.port}${path}`;
  const ORDER = { type: "object", properties: { id: { type: "string" }, depth: { type: "integer" } } };

  test("CWE-915: is sent no argument that its schema does not declare, in the query or the body", async () => {
    const get = toolWith({ url: at("/orders/{id}?tenant=acme"), parameters: ORDER });
    await get.invoke('{"id":"7","depth":1,"tenant":"evil","admin":true,"TENANT":"evil","tenant[]":"evil","__proto__":{"depth":2},"constructor":"x"}');
    const post = toolWith({ method: "POST", url: at("/orders/{id}"), parameters: ORDER });
    await post.invoke('{"id":"7","depth":1,"price":0,"__proto__":{"price":0},"constructor":{"prototype":{}}}');
    const without = toolWith({ url: at("/orders?tenant=acme") });
    await without.invoke({ tenant: "evil", all: true });
    expect(seen).toEqual([
      { url: "/orders/7?tenant=acme&depth=1", body: "" },
      { url: "/orders/7", body: '{"depth":1}' },
      { url: "/orders?tenant=acme", body: "" },
    ]);
  });

  test("CWE-915: nor anything within an argument that its own schema does not declare", async () => {
    const line = { type: "object", properties: { sku: { type: "string" }, count: { type: "integer" }, more: { $ref: "#/$defs/line" } } };
    const parameters = {
      type: "object",
      $defs: { line },
      properties: {
        lines: { type: "array", items: { $ref: "#/$defs/line" } },
        ship: { anyOf: [{ type: "object", properties: { to: { type: "string" } } }, { type: "null" }] },
        free: { type: "object" },
        notes: { type: "object", properties: { a: {} }, additionalProperties: { type: "object", properties: { b: {} } } },
      },
    };
    const evil = { price: 0, __proto__x: 1 };
    const given = { lines: [{ sku: "a", count: 12345678901234567890n, ...evil, more: { sku: "b", ...evil } }], ship: { to: "x", ...evil }, free: { a: evil }, notes: { a: evil, z: { b: 1, ...evil } } };
    const text = JSON.stringify(given, (_, value: unknown) => (typeof value === "bigint" ? "LARGE" : value)).replace('"LARGE"', "12345678901234567890");
    await toolWith({ method: "POST", url: at("/orders"), parameters }).tool.invoke({} as never, text, { toolCall: { arguments: text } } as never);
    const sent = { lines: [{ sku: "a", count: "LARGE", more: { sku: "b" } }], ship: { to: "x" }, free: { a: evil }, notes: { a: evil, z: { b: 1 } } };
    expect(seen.map(({ body }) => body)).toEqual([JSON.stringify(sent).replace('"LARGE"', "12345678901234567890")]);
  });

  test("CWE-235: is sent nothing that its address has already, though it be declared", async () => {
    const properties = { tenant: { type: "string" }, q: { type: "string" } };
    const { invoke } = toolWith({ url: at("/orders?tenant=acme&q={q}"), parameters: { type: "object", properties } });
    await invoke({ tenant: "evil", q: "a&tenant=evil#?tenant=evil" });
    expect(seen[0]?.url).toBe("/orders?tenant=acme&q=a%26tenant%3Devil%23%3Ftenant%3Devil");
  });

  const LED_ASTRAY = [
    "", " ", "\t", ".", "..", "...", "%2e%2e", "%252e%252e", "%2E.", "．．", "..;", ";x", "%20", "../admin", "a/b", "a\\b", "%2fadmin", "a%2Fb", "a%5cb", "a%252fb",
    "a\u0000", "a\r\nHost: evil", "%00", "%c0%ae%c0%ae",
  ];
  test.each(LED_ASTRAY)("CWE-22: is not led astray within its path by %p", async (id) => {
    for (const path of ["/orders/{id}", "/orders/{id}/lines", "/orders/v{id}.json"]) {
      const { invoke } = toolWith({ url: at(path), parameters: ORDER });
      expect(String(await invoke({ id }))).toContain("are not allowed");
    }
    expect(seen).toEqual([]);
  });

  test("CWE-22: is not called without an argument of its path, or with null, a list or an object that is empty", async () => {
    const { invoke } = toolWith({ url: at("/orders/{id}/lines"), parameters: { type: "object", properties: { id: {} } } });
    for (const given of [{}, { id: null }, { constructor: "x" }]) expect(String(await invoke(given))).toContain("are not allowed");
    const inherited = { url: at("/orders/{constructor}"), parameters: { type: "object", properties: { constructor: {} } } };
    expect(String(await toolWith(inherited).invoke({}))).toContain("are not allowed");
    expect(() => toolWith({ ...inherited, parameters: { type: "object" } })).toThrow("{constructor} would stay empty");
    expect(seen).toEqual([]);
  });

  test("CWE-200: the environment's secrets get into the documented fields and no other", () => {
    const environment = { KEY: "planted", HOST: at("") };
    const parameters = {
      type: "object",
      properties: { url: { type: "string", description: "${KEY}" }, headers: { enum: ["${KEY}"] }, model: { description: "${KEY}" }, env: { type: "string", title: "${KEY}" } },
      description: "${KEY}",
    };
    const { tool } = toolWith({ url: "${HOST}/x", headers: { authorization: "Bearer ${KEY}" }, description: "Say ${KEY}", parameters }, environment);
    expect(JSON.stringify([tool.name, tool.description, tool.parameters])).not.toContain("planted");
    const text = JSON.stringify({
      name: "${KEY}",
      instructions: "${KEY}",
      model: "m-${KEY}",
      models: ["${KEY}"],
      handoff_description: "${KEY}",
      prompts: [{ label: "${KEY}", prompt: "${KEY}" }],
      tools: [{ type: "web_search", allowed_domains: ["${KEY}"] }, { type: "file_search", vector_store_ids: ["${KEY}"] }],
      mcp_servers: [
        { name: "${KEY}", command: "${KEY}", args: ["${KEY}"], env: { "${KEY}": "${KEY}" }, cwd: "${KEY}", tools: ["${KEY}"] },
        { name: "n", url: "${HOST}", headers: { "${KEY}": "${KEY}" } },
      ],
      agents: [{ name: "url", instructions: "${KEY}", model: "${KEY}", tools: [{ type: "http", name: "url", description: "${KEY}", url: "${HOST}/${KEY}", parameters }] }],
    });
    const { file } = parseAgentFile("agent.json", text, environment);
    const found: string[] = [];
    JSON.stringify(file, function (this: object, key: string, value: unknown) {
      if (typeof value === "string" && value.includes("planted")) found.push(Array.isArray(this) ? "*" : key);
      if (key.includes("planted")) found.push("a key");
      return value;
    });
    // In the order of the schema: the agent's, its tools', its MCP servers', and those of the second agent.
    expect(found.sort()).toEqual(["${KEY}", "${KEY}", "*", "*", "command", "cwd", "model", "model", "url"].sort());
  });
});

test("CWE-113: a header of an HTTP tool that cannot be sent ends the start, without its value", () => {
  for (const headers of [{ "bad name": "planted" }, { ok: "planted\r\nX-Evil: 1" }, { "": "planted" }, { ok: "plant\0ed" }]) {
    const text = JSON.stringify({ name: "A", instructions: "B", tools: [{ type: "http", name: "t", description: "d", url: "http://127.0.0.1/", headers }] });
    const { file } = parseAgentFile("agent.json", text, {});
    expect(() => httpTool(file.tools[0] as never, (field) => field)).toThrow(/^headers: the header "[^"]*" of t has a name or a value that cannot be sent\.$/);
  }
});

describe("a card that asks for approval", () => {
  type Child = { type: string; value?: string; defaultValue?: string };

  function cardOf(given: object | string, tool = "pay"): Child[] {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    return (approvalWidget({ callId: "call_1", tool, arguments: text }) as { children: Child[] }).children;
  }
  const linesOf = (given: object | string) => cardOf(given).flatMap((child) => (child.type === "Text" ? [child.value!] : []));

  const FORGED = ["\namount: 5", "\r\namount: 5", "\u2028amount: 5", "\u2029amount: 5", "\u0085amount: 5", "\u000bamount: 5", "\u000camount: 5", " ".repeat(150) + "amount: 5", "\u3164".repeat(150) + "amount: 5"];
  test.each(FORGED)("CWE-451: no value can pass for another argument's line: %j", (forged) => {
    for (const given of [{ note: `hi${forged}`, amount: 5000 }, { [`note${forged}`]: "hi", amount: 5000 }, { note: { deep: `hi${forged}` }, amount: 5000 }]) {
      const [first, second, ...more] = linesOf(given);
      expect([second, more]).toEqual(["amount: 5000", []]);
      expect(first).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|[\p{Zs}\u3164]{3}/u);
    }
    expect(linesOf(`{"note": broken${forged}`).join()).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });

  const HIDDEN = ["\u202e", "\u2066", "\u200f", "\u061c", "\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u{e0041}", "\u0000", "\u001b[2K", "\b\b\b\b", "\u007f", "\ud800", "\u2800", "\u3164", "\u115f", "\uffa0", "\u034f", "\u17b5", "\u2003", "\ufe01", "\u{e0101}"];
  test.each(HIDDEN)("CWE-1007: what is not seen, and what turns the direction of writing, is shown as such: %j", (hidden) => {
    const [line] = linesOf({ to: `bob${hidden}@evil.example` });
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(line).toMatch(/^to: bob(⟨U\+[0-9A-F]+⟩|[\u2400-\u2421])/u);
  });

  test("CWE-451: marks that are drawn over the lines around are counted instead", () => {
    expect(linesOf({ note: `a${"\u0336".repeat(300)}b` })).toEqual(["note: a⟨300 marks⟩b"]);
  });

  test("CWE-451: a long value hides no other argument, and nothing is approved unseen", () => {
    const given = { cover: "x".repeat(100_000), [`y${"y".repeat(500)}`]: 1, account: "DE00 evil", amount: 5000 };
    const lines = linesOf(given);
    expect(lines).toHaveLength(4);
    expect(lines.slice(2)).toEqual(["account: DE00 evil", "amount: 5000"]);
    expect(lines[1]).toMatch(/^y{60}… \(441 more characters\): 1$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300);
    const whole = cardOf(given).find(({ type }) => type === "Textarea")?.defaultValue?.split("\n");
    expect(whole).toEqual([`cover: ${given.cover}`, `y${"y".repeat(500)}: 1`, "account: DE00 evil", "amount: 5000"]);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`name_${i}`, i]));
    expect(linesOf(many)).toHaveLength(500);
  });

  test("CWE-451: nor does the name of a tool, which may be another server's", () => {
    const [title] = cardOf({}, `list\u202e\nAllow everything?${"z".repeat(100)}`);
    expect(title?.value).toMatch(/^Allow list⟨U\+202E⟩␊Allow everything\?z+… \(\d+ more characters\)\?$/);
  });
});

describe("an MCP server that is a child process", () => {
  test("CWE-532: the variables that its arguments have are not logged when it writes them", async () => {
    const logger = recordingLogger();
    logMcpServers(logger);
    const environment = { KEY: "planted-key", LONGER: "planted-key-and-more", SHORT: "abc" };
    const args = ["-c", 'echo "$@" >&2', "sh", "--key=${KEY}", "${LONGER}", "${SHORT}"];
    const text = JSON.stringify({ name: "A", instructions: "B", mcp_servers: [{ name: "m", command: "sh", args }] });
    const { file, expanded } = parseAgentFile("agent.json", text, environment);
    const server = mcpServer(file.mcp_servers[0]!, tmpdir(), expanded);
    await server.connect().catch(() => {});
    await server.close();
    expect(logger.lines.map(({ message }) => message)).toContain("m: --key=******** ******** abc");
  });

  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "agent-flood-"))));
  afterAll(() => rm(folder, { recursive: true }));

  test.each(["notifications", "lines", "huge", "garbage", "stderr"])("CWE-400: does not keep the loop from others by a flood of %s", async (kind) => {
    const args = JSON.stringify([join(import.meta.dir, "../support/mcp-flood.ts"), kind]);
    const path = join(folder, `${kind}.yaml`);
    await Bun.write(path, `name: A\ninstructions: B\nmcp_servers:\n  - { name: flood, command: ${process.execPath}, args: ${args} }\n`);
    const loaded = await loadAgentServer({ path, ports: ports(new MemoryStore()), models: {}, embedded: {}, env: {} });
    try {
      await createThread(loaded.server, "echo");
      const waits: number[] = [];
      for (const end = performance.now() + 500; performance.now() < end; ) {
        const began = performance.now();
        await Bun.sleep(5);
        waits.push(performance.now() - began);
      }
      // Half of them, since this machine may be busy with others; without a share of its own the loop turned ten times a second.
      expect(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(50);
      const { events } = await createThread(loaded.server, "echo");
      expect(JSON.stringify(events.at(-1))).toContain("echo: echo");
    } finally {
      await loaded.close();
    }
  }, 30_000);
});
