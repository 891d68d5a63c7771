import type { Agent } from "@openai/agents";

// any: an agent may have any context and output type.
type AnyAgent = Agent<any, any>;

const told = new WeakSet<AnyAgent>();

/**
 * Gives the agent's MCP tools the names of their servers in front when two tools would have the same name, unless its author has decided
 * that: the SDK refuses to run such an agent. Looks once for each agent.
 */
export async function tellToolsApart(agent: AnyAgent): Promise<void> {
  if (told.has(agent) || agent.mcpServers.length === 0 || agent.mcpConfig.includeServerInToolNames !== undefined) return;
  told.add(agent);
  const lists = await Promise.all(agent.mcpServers.map((server) => offered(server)));
  const names = [...agent.tools.map(({ name }) => name), ...lists.flat()];
  if (new Set(names).size < names.length) agent.mcpConfig.includeServerInToolNames = true;
}

/** The names of the tools that the agent may use; none of a server that is not connected. */
async function offered(server: AnyAgent["mcpServers"][number]): Promise<string[]> {
  const names = (await server.listTools().catch(() => [])).map(({ name }) => name);
  const allowed = server.toolFilter && "allowedToolNames" in server.toolFilter ? server.toolFilter.allowedToolNames : undefined;
  return allowed ? names.filter((name) => allowed.includes(name)) : names;
}
