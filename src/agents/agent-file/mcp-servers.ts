import { createMCPToolStaticFilter } from "@openai/agents";
import { reasonOf } from "../mcp/call-fate.ts";
import { HttpServer } from "../mcp/http-server.ts";
import { closeServers, type LastingServer } from "../mcp/lasting-server.ts";
import { StdioServer } from "../mcp/stdio-server.ts";
import type { McpEntry } from "./schema.ts";
import { invalid, type Locate } from "./parse.ts";

export type Connection = { server: LastingServer; entry: McpEntry; place: readonly PropertyKey[] };

/**
 * The MCP server of an entry, not connected yet. A command sees only PATH, HOME and the like of this process's environment.
 * @param secrets what may be in the arguments of a command, and is not logged when the command writes it
 */
export function mcpServer(entry: McpEntry, folder: string, secrets: readonly string[]): LastingServer {
  const filter = entry.tools && createMCPToolStaticFilter({ allowed: entry.tools });
  const common = {
    name: entry.name,
    cacheToolsList: true,
    timeout: entry.timeout_ms,
    clientSessionTimeoutSeconds: entry.timeout_ms / 1000,
    ...(filter && { toolFilter: filter }),
  };
  if ("url" in entry) return new HttpServer({ ...common, url: entry.url, requestInit: { headers: entry.headers } });
  return new StdioServer({ ...common, command: entry.command, args: entry.args, env: entry.env, cwd: entry.cwd ?? folder }, secrets);
}

/** Connects to all servers, or to none. @throws ChatKitError config_invalid with the line of each that cannot be used, and why */
export async function connectAll(connections: Connection[], locate: Locate): Promise<void> {
  const problems = (await Promise.all(connections.map((one) => problemsOf(one, locate)))).flat();
  if (problems.length === 0) return;
  await closeServers(connections.map(({ server }) => server));
  throw invalid(problems);
}

async function problemsOf({ server, entry, place }: Connection, locate: Locate): Promise<string[]> {
  try {
    await server.connect();
    const names = new Set((await server.listTools()).map(({ name }) => name));
    return (entry.tools ?? []).flatMap((name, index) =>
      names.has(name) ? [] : [`${locate([...place, "tools", index])}: the MCP server ${entry.name} has no tool ${name}.`],
    );
  } catch (error) {
    return [`${locate(place)}: the MCP server ${entry.name} cannot be used: ${reasonOf(error)}.`];
  }
}
