import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTokens } from "../../../src/agents/mcp/count-tokens.ts";
import { Inbox } from "../../../src/agents/mcp/inbox.ts";
import { Lines } from "../../../src/agents/mcp/lines.ts";
import { loadAgentServer, type LoadedAgent } from "../../../src/agents/loading/load-agent-server.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { answerOf, ports, recordingLogger } from "../../support/chat.ts";
import { until } from "../../support/until.ts";

setDefaultTimeout(30_000);

const support = (file: string) => join(import.meta.dir, "../../support", file);
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "agent-stdio-"))));
afterAll(() => rm(folder, { recursive: true }));

async function load(file: string, text: string, logger = recordingLogger()): Promise<LoadedAgent> {
  const path = join(folder, file);
  await Bun.write(path, text);
  return loadAgentServer({ path, ports: ports(new MemoryStore(), logger), models: {}, embedded: {}, env: {} });
}

const withChild = (script: string, ...args: string[]) => `name: A
instructions: B
tool_activity: "off"
mcp_servers:
  - name: guest
    command: ${process.execPath}
    args: ${JSON.stringify([support(script), ...args])}
    env: { MCP_TOKEN: planted-token }
`;

describe("an MCP server that is a child process", () => {
  test("has what it writes on its standard error in the log at debug, under its name and without its secrets", async () => {
    const logger = recordingLogger();
    const loaded = await load("agent.yaml", withChild("mcp-flood.ts", "stderr"), logger);
    try {
      const said = () => logger.lines.filter(({ fields }) => "mcp_server" in fields);
      await answerOf(loaded.server, "echo");
      await until(async () => said().find(({ message }) => message?.includes("left out")));
      expect(new Set(said().map(({ level }) => level))).toEqual(new Set(["debug"] as const));
      expect(said()[0]).toEqual({ level: "debug", fields: { mcp_server: "guest" }, message: "guest: noise ********" });
      await Bun.sleep(100);
      expect(said()).toHaveLength(201);
      expect(await answerOf(loaded.server, "echo")).toStartWith("echo: echo planted-token");
    } finally {
      await loaded.close();
    }
  });

  test("is a guest of an agent module, too", async () => {
    const logger = recordingLogger();
    const module = `
import { Agent, MCPServerStdio } from "@openai/agents";
const server = new MCPServerStdio({ name: "own", command: ${JSON.stringify(process.execPath)}, args: ${JSON.stringify([support("mcp-flood.ts"), "stderr"])} });
await server.connect();
await server.listTools();
export default new Agent({ name: "A", instructions: "B", mcpServers: [server] });
globalThis.closeOwnServer = () => server.close();
`;
    await load("agent.ts", module, logger);
    try {
      await until(async () => logger.lines.find(({ level, message }) => level === "debug" && message === "own: noise undefined"));
    } finally {
      await (globalThis as unknown as { closeOwnServer(): Promise<void> }).closeOwnServer();
    }
  });
});

describe("lines of bytes", () => {
  const all = (chunks: string[], max = 100) => {
    const lines = new Lines(max);
    return chunks.flatMap((chunk) => Array.from(lines.push(Buffer.from(chunk, "latin1")), String));
  };

  test("come as they are completed, however they are cut, and without the empty ones", () => {
    expect(all(["a\nb", "c\n\n\n", "\nd\r\n", "e"])).toEqual(["a", "bc", "d\r"]);
    expect(all([..."\u00c3\u00bc\nx\n"])).toEqual(["ü", "x"]);
  });

  test("that are too long end it", () => {
    expect(() => all(["x".repeat(60), "x".repeat(60)])).toThrow("a line of more than 100 bytes");
  });
});

describe("a long message of an MCP server", () => {
  const padding = "x".repeat(70_000);
  const listOf = (count: number) => Array.from({ length: count }, () => 1);

  function inbox() {
    const given: { id?: number; result?: unknown; error?: unknown }[] = [];
    const logged: string[] = [];
    const parsed: string[] = [];
    const transport = { onmessage: (message: unknown) => void given.push(message as never), send: async (_message: unknown) => {}, close: async () => {} };
    const box = new Inbox(transport, (line) => logged.push(line), (line) => JSON.parse((parsed.push(line), line)));
    return { given, logged, parsed, transport, receive: (text: string | object) => box.receive(Buffer.from(typeof text === "string" ? text : JSON.stringify(text))) };
  }

  test("is read when a call waits for it, once, wherever its id stands", async () => {
    const { transport, given, receive } = inbox();
    for (const id of [1, 2, 3]) await transport.send({ jsonrpc: "2.0", id, method: "tools/call" });
    const answers = [{ id: 1, result: padding }, { result: padding, id: 2 }];
    for (const answer of [...answers, ...answers]) receive(answer);
    await transport.send({ method: "notifications/cancelled", params: { requestId: 3 } });
    receive({ id: 3, result: padding });
    expect(given).toEqual(answers);
  });

  test("is dropped unread when no call waits for it, whatever the order of its keys, and told once", async () => {
    const { transport, given, logged, parsed, receive } = inbox();
    await transport.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
    receive({ params: { data: padding, id: 1 }, jsonrpc: "2.0", method: "notifications/message", then: padding });
    receive({ jsonrpc: "2.0", id: 999, result: { padding } });
    receive('{"a'.repeat(30_000));
    receive({ method: "notifications/message", params: {} });
    expect([given, parsed]).toEqual([[], []]);
    expect(logged).toEqual([expect.stringMatching(/^dropped a message of \d+ bytes that no call waits for, 1 since the start$/)]);
  });

  test("that answers a call with more values than are parsed at once is an error of that call", async () => {
    const { transport, given, parsed, receive } = inbox();
    await transport.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
    receive({ id: 1, result: listOf(60_000) });
    expect(parsed).toEqual([]);
    expect(given).toEqual([expect.objectContaining({ id: 1, error: expect.objectContaining({ message: "The answer of the tool has too many values." }) })]);
  });

  test("is as costly as it has commas, colons and brackets outside of strings", () => {
    const count = (text: string, max = 100) => countTokens(Buffer.from(text), max);
    expect(count('{"a,\\",:[":[1,{"b\\\\":2}]}')).toBe(6);
    expect(count("[".repeat(1000), 10)).toBe(11);
  });
});
