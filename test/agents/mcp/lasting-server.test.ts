import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { HttpServer } from "../../../src/agents/mcp/http-server.ts";
import { logMcpServers, statesOf, type LastingServer } from "../../../src/agents/mcp/lasting-server.ts";
import { StdioServer } from "../../../src/agents/mcp/stdio-server.ts";
import { outcomeOf } from "../../../src/agents/tool-outcome.ts";
import { recordingLogger } from "../../support/chat.ts";
import { SessionServer } from "../../support/mcp-session-server.ts";
import { until } from "../../support/until.ts";

setDefaultTimeout(30_000);

const SCRIPT = join(import.meta.dir, "../../support/mcp-server.ts");
const open: LastingServer[] = [];
let logger = recordingLogger();
beforeEach(() => logMcpServers((logger = recordingLogger())));
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

async function connected<S extends LastingServer>(server: S): Promise<S> {
  open.push(server);
  await server.connect();
  await server.listTools();
  return server;
}

const stdio = (tools: string, env: Record<string, string> = {}) =>
  new StdioServer({ name: "local", command: process.execPath, args: [SCRIPT], env: { MCP_TOOLS: tools, ...env }, cacheToolsList: true, clientSessionTimeoutSeconds: 20 });

async function said(server: LastingServer, tool: string): Promise<string> {
  const content = await server.callTool(tool, { text: "hi" });
  return content.map((part) => (part as { text?: string }).text).join("");
}

const told = () => logger.lines.filter(({ level }) => level !== "debug").map(({ level, message }) => `${level}: ${message}`);
const GONE = "warn: an MCP server is gone: it will be connected again";
const BACK = "info: an MCP server is back";

describe("an MCP server that is a child process", () => {
  test("is started anew when it was killed between two calls, with one log line for the loss and one for the return", async () => {
    const server = await connected(stdio("echo,pid"));
    const pid = Number(await said(server, "pid"));
    process.kill(pid, "SIGKILL");
    await until(async () => (server.isUp ? undefined : true));
    expect(await statesOf([server])).toEqual({ local: "down" });
    expect(Number(await said(server, "pid"))).not.toBe(pid);
    expect(await statesOf([server])).toEqual({ local: "up" });
    expect(told()).toEqual([GONE, BACK]);
    expect(logger.lines.find(({ level }) => level === "warn")?.fields).toEqual({ mcp_server: "local", reason: "it was ended by SIGKILL" });
  });

  test("that ends during a call: the model is told that nobody knows whether it ran, and it is not called again", async () => {
    const server = await connected(stdio("crash,echo"));
    expect(await said(server, "crash")).toMatch(/not known whether it has run/);
    expect(await said(server, "echo")).toBe("echo: hi");
    expect(told()).toEqual([GONE, BACK]);
  });

  test("that ends during a call which only reads is asked once more", async () => {
    const server = await connected(stdio("crash-read"));
    expect(await said(server, "crash-read")).toMatch(/not known whether it has run/);
    await until(async () => (server.isUp ? true : undefined));
    expect(told().filter((line) => line === GONE)).toHaveLength(2);
  });

  test.each(["MCP_SILENT", "MCP_STRICT"])("of the old protocol is connected, whatever it does at a question it does not know (%s)", async (habit) => {
    const server = await connected(stdio("echo", { [habit]: "1" }));
    expect(await said(server, "echo")).toBe("echo: hi");
  });
});

describe("an MCP server over HTTP", () => {
  let remote: SessionServer;
  beforeEach(() => void (remote = new SessionServer().start()));
  afterEach(() => remote.stop());
  const http = (timeout = 20_000) => new HttpServer({ name: "remote", url: remote.url, cacheToolsList: true, timeout, clientSessionTimeoutSeconds: 20 });

  test("that was restarted between two calls is given a new session, and the call is made in it", async () => {
    const server = await connected(http());
    await remote.stop();
    expect(await statesOf([server])).toEqual({ remote: "down" });
    remote.start();
    expect(await said(server, "echo")).toBe("echo: hi");
    expect(remote.calls).toBe(1);
    expect(told()).toEqual([GONE, BACK]);
  });

  test.each(["forgets", "refuses-session"] as const)("that does not know the session any more (%s) is called in a new one", async (mood) => {
    const server = await connected(http());
    remote.mood = mood;
    expect(await said(server, "echo")).toBe("echo: hi");
    expect(remote.calls).toBe(1);
    expect(remote.asked.filter((method) => method === "initialize")).toHaveLength(2);
  });

  test.each(["stream-ends", "breaks"] as const)("whose answer breaks off (%s) may have run: it is not called again", async (mood) => {
    const server = await connected(http());
    remote.mood = mood;
    expect(await said(server, "echo")).toMatch(/not known whether it has run/);
    expect(remote.calls).toBe(1);
    expect(await said(server, "echo")).toBe("echo: hi");
  });

  test("that does not answer in time may have run, too", async () => {
    const server = await connected(http(100));
    remote.mood = "hangs";
    expect(await said(server, "echo")).toBe("echo gave no answer within 100 ms. It is not known whether it has run.");
    expect(server.isUp).toBe(true);
  });

  test("that is away leaves its tools in the list, so that the model can be told when it calls one", async () => {
    const server = await connected(http(300));
    await remote.stop();
    expect((await server.listTools()).map(({ name }) => name)).toEqual(["echo", "remove"]);
    expect(await said(server, "echo")).toBe("echo was not called: the MCP server remote cannot be reached at the moment.");
  });

  test("that ignores methods it does not know is connected", async () => {
    remote.isSilent = true;
    const server = await connected(http());
    expect(await said(server, "echo")).toBe("echo: hi");
  });

  test("whose answer is an HTTP error says so", async () => {
    const server = await connected(http());
    remote.mood = "http-500";
    expect(await said(server, "echo")).toBe("echo failed: it answered with HTTP 500");
    expect(told()).toEqual([]);
  });

  test("whose answer is not of the protocol says so in one line", async () => {
    const server = await connected(http());
    remote.mood = "no-list";
    expect(await said(server, "echo")).toBe("echo failed: its answer does not fit the protocol");
    expect(remote.calls).toBe(1);
  });
});

describe("what an MCP server answers", () => {
  test("with an error is told to the model, and noted without its words", async () => {
    const server = await connected(stdio("refuses"));
    const [part] = await server.callTool("refuses", { text: "hi" });
    expect(String(part?.["text"])).toContain("planted words");
    const outcome = outcomeOf({}, "c", part) as { error: Error };
    expect(outcome.error.message).toBe("local: it refused the call (JSON-RPC error -32602)");
  });

  test("reaches the model, also when all of it is structured content", async () => {
    const server = await connected(stdio("structured"));
    expect(await said(server, "structured")).toBe('{"degrees":21}');
  });
});
