import { createMCPToolStaticFilter, invalidateServerToolsCache, MCPServerStreamableHttp, type MCPServer } from "@openai/agents";
import { StdioServer } from "../mcp/stdio-server.ts";
import type { McpEntry } from "./schema.ts";
import { invalid, type Locate } from "./parse.ts";

export type Connection = { server: MCPServer; entry: McpEntry; place: readonly PropertyKey[] };

/** How long a server may take to close, in milliseconds. */
const CLOSE_MS = 5000;

/** The MCP server of an entry, not connected yet. A command sees only PATH, HOME and the like of this process's environment. */
export function mcpServer(entry: McpEntry, folder: string): MCPServer {
  const filter = entry.tools && createMCPToolStaticFilter({ allowed: entry.tools });
  const common = {
    name: entry.name,
    cacheToolsList: true,
    timeout: entry.timeout_ms,
    clientSessionTimeoutSeconds: Math.ceil(entry.timeout_ms / 1000),
    ...(filter && { toolFilter: filter }),
  };
  if ("url" in entry) return new MCPServerStreamableHttp({ ...common, url: entry.url, requestInit: { headers: entry.headers } });
  return new StdioServer({ ...common, command: entry.command, args: entry.args, env: entry.env, cwd: entry.cwd ?? folder });
}

/** Connects to all servers, or to none. @throws ChatKitError config_invalid that names a server which does not answer */
export async function connectAll(servers: Connection[], locate: Locate): Promise<void> {
  const results = await Promise.allSettled(servers.map(({ server, entry }) => withinMs(server.connect(), entry.timeout_ms)));
  const failed = servers.filter((_server, index) => results[index]?.status === "rejected");
  if (failed.length === 0) {
    // The SDK caches tools by the server's name: those of the file as it was before a reload must not be used.
    await Promise.all(servers.map(({ server }) => invalidateServerToolsCache(server.name)));
    return;
  }
  await closeAll(servers.map(({ server }) => server));
  const reason = results.find((result) => result.status === "rejected")?.reason as unknown;
  throw invalid(failed.map(({ entry, place }) => `${locate(place)}: the MCP server ${entry.name} does not answer.`), reason);
}

/** Closes all servers. Errors are ignored, since a server may be gone already. */
export async function closeAll(servers: MCPServer[]): Promise<void> {
  await Promise.allSettled(servers.map((server) => withinMs(server.close(), CLOSE_MS)));
}

async function withinMs<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`No answer within ${ms} ms.`)), ms);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
