import { describe, expect, test } from "bun:test";
import { Agent, tool, type MCPServer } from "@openai/agents";
import { z } from "zod";
import { tellToolsApart } from "../../../src/agents/mcp/distinct-tools.ts";

const server = (name: string, tools: string[], allowedToolNames?: string[]) =>
  ({ name, cacheToolsList: false, listTools: async () => tools.map((name) => ({ name })), ...(allowedToolNames && { toolFilter: { allowedToolNames } }) }) as unknown as MCPServer;

async function isPrefixed(mcpServers: MCPServer[], more: object = {}): Promise<boolean | undefined> {
  const agent = new Agent({ name: "A", mcpServers, ...more });
  await tellToolsApart(agent);
  return agent.mcpConfig.includeServerInToolNames;
}

describe("the tools of an agent's MCP servers", () => {
  test("keep their names while these are distinct", async () => {
    expect(await isPrefixed([server("a", ["echo"]), server("b", ["remove"])])).toBeUndefined();
    expect(await isPrefixed([server("a", ["echo"]), server("b", ["echo", "remove"], ["remove"])])).toBeUndefined();
  });

  test("have their server's name in front when two are called the same, or one is called as a tool of the agent's own", async () => {
    expect(await isPrefixed([server("a", ["echo"]), server("b", ["echo"])])).toBe(true);
    const own = tool({ name: "echo", description: "", parameters: z.object({}), execute: () => "" });
    expect(await isPrefixed([server("a", ["echo"])], { tools: [own] })).toBe(true);
  });

  test("are left alone where the author has decided", async () => {
    expect(await isPrefixed([server("a", ["echo"]), server("b", ["echo"])], { mcpConfig: { includeServerInToolNames: false } })).toBe(false);
  });
});
