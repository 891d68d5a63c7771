import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAgentServer, type LoadedAgent } from "../../../src/agents/loading/load-agent-server.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { answerOf, ports } from "../../support/chat.ts";
import { startMcpServer } from "../../support/mcp-server.ts";

const SCRIPT = join(import.meta.dir, "../../support/mcp-server.ts");
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "agent-mcp-"))));
afterAll(() => rm(folder, { recursive: true }));

async function load(servers: string): Promise<LoadedAgent> {
  const path = join(folder, "agent.yaml");
  await Bun.write(path, `name: A\ninstructions: B\ntool_activity: "off"\nmcp_servers:\n${servers}`);
  return loadAgentServer({ path, ports: ports(new MemoryStore()), models: {}, embedded: {}, env: { TOKEN: "t-1" } });
}

const stdio = (more = "") => `
  - name: local
    command: ${process.execPath}
    args: [${SCRIPT}]
    env: { MCP_TOKEN: "\${TOKEN}" }
${more}`;

describe("an MCP server of an agent file", () => {
  test("is started as a command, with the environment the file gives it, and its tools are used", async () => {
    const loaded = await load(stdio());
    try {
      expect(await answerOf(loaded.server, "echo")).toMatch(/^echo: echo t-1/);
    } finally {
      await loaded.close();
    }
  });

  test("is called by HTTP with the file's headers", async () => {
    const server = startMcpServer();
    const loaded = await load(`  - { name: remote, url: "${server.url}", headers: { authorization: "Bearer \${TOKEN}" } }\n`);
    try {
      expect(await answerOf(loaded.server, "echo")).toStartWith("echo: ");
      expect(server.headers.every((headers) => headers.get("authorization") === "Bearer t-1")).toBe(true);
    } finally {
      await loaded.close();
      await server.stop();
    }
  });

  test("offers no tool that the allow-list does not name", async () => {
    const loaded = await load(stdio("    tools: [echo]\n"));
    try {
      expect(await answerOf(loaded.server, "remove")).toContain("You said: remove");
      expect(await answerOf(loaded.server, "echo")).toStartWith("echo: ");
    } finally {
      await loaded.close();
    }
  });

  test("that is loaded anew under its name has the tools it has now", async () => {
    const withTools = (names: string) => stdio().replace("env: {", `env: { MCP_TOOLS: "${names}",`);
    const first = await load(withTools("echo"));
    const second = await answerOf(first.server, "echo").then(() => load(withTools("remove")));
    try {
      expect(await answerOf(second.server, "remove")).toStartWith("remove: ");
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });

  test.each([
    ["a server that does not answer", `{ name: x, command: sleep, args: ["60"], timeout_ms: 100 }`, "it does not answer in time"],
    ["a command that is not there", "{ name: x, command: /no/such/command }", "the command was not found"],
    ["a command that ends", `{ name: x, command: ${process.execPath}, args: [-e, "process.exit(7)"] }`, "it exited with code 7"],
    ["an address where nobody is", `{ name: x, url: "http://127.0.0.1:1/mcp?key=planted" }`, "the connection was refused"],
  ])("that cannot be used is named with its line and the reason: %s", async (_case, entry, reason) => {
    const message = `${join(folder, "agent.yaml")}:5: the MCP server x cannot be used: ${reason}.`;
    await expect(load(`  - ${entry}\n`)).rejects.toMatchObject({ code: "config_invalid", message });
  });

  test("that answers in JSON of its own is named in one line", async () => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ data: [] }) });
    try {
      const message = `${join(folder, "agent.yaml")}:5: the MCP server x cannot be used: it does not answer as an MCP server.`;
      await expect(load(`  - { name: x, url: "${other.url}mcp" }\n`)).rejects.toMatchObject({ code: "config_invalid", message });
    } finally {
      await other.stop(true);
    }
  });

  test("that has no tool of the name which the file wants is named with its line", async () => {
    const message = `${join(folder, "agent.yaml")}:10: the MCP server local has no tool delete.`;
    await expect(load(stdio("    tools: [echo, delete]\n"))).rejects.toMatchObject({ code: "config_invalid", message });
  });

  test("may have a tool of the same name as another one's: then both have the name of their server in front", async () => {
    const loaded = await load(stdio().replaceAll("local", "here") + stdio().replaceAll("local", "there"));
    try {
      expect(await answerOf(loaded.server, "mcp_there__echo")).toStartWith("echo: ");
      expect(await answerOf(loaded.server, "mcp_here__echo")).toStartWith("echo: ");
    } finally {
      await loaded.close();
    }
  });
});
