/**
 * Agent files: YAML or JSON becomes an agent (`parse.ts`, `schema.ts`), with tools that are HTTP requests and MCP servers. Code of the
 * developer is never run here: modules are loaded by `loading/`.
 */
import { dirname, resolve } from "node:path";
import { Agent, type ModelSettings } from "@openai/agents";
import type { Ports } from "../../server/chatkit-server.ts";
import { AgentServer } from "../agent-server.ts";
import { hostedTool } from "./hosted-tools.ts";
import { httpTool } from "./http-tool.ts";
import { connectAll, mcpServer, type Connection } from "./mcp-servers.ts";
import { tellToolsApart } from "../mcp/distinct-tools.ts";
import { closeServers, statesOf } from "../mcp/lasting-server.ts";
import { invalid, parseAgentFile, together, type Locate } from "./parse.ts";
import type { AgentEntry, AgentFile, SettingsEntry } from "./schema.ts";

type LoadedAgentFile = {
  server: AgentServer;
  folder: string;
  prompts: { label: string; prompt: string }[];
  mcpServers(): Promise<Record<string, "up" | "down">>;
  close(): Promise<void>;
};

type Place = readonly PropertyKey[];
/** An entry of the file with the SDK's agent that is made of it, whose handoffs may still be missing. */
type Draft = { entry: AgentEntry; place: Place; agent: Agent };

/**
 * Makes the server that a YAML or JSON file describes, and connects to its MCP servers.
 * @param environment the values of `${NAME}` in the fields that may use it
 * @throws ChatKitError config_invalid with the line of each mistake
 */
export async function loadAgentFile(
  path: string,
  ports: Ports,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<LoadedAgentFile> {
  const full = resolve(path);
  const folder = dirname(full);
  const { file, locate, expanded } = parseAgentFile(full, await read(full), environment);
  const connections: Connection[] = [];
  const drafting = entriesOf(file).map((one) => draft({ ...one, folder, locate, connections, expanded }));
  const servers = connections.map((connection) => connection.server);
  const [drafts] = await together(together(...drafting), linkable(file, locate), connectAll(connections, locate)).catch(async (error: unknown) => {
    await closeServers(servers);
    throw error;
  });
  linkHandoffs(drafts);
  for (const { agent } of drafts) await tellToolsApart(agent);
  const server = new AgentServer(ports, { agent: drafts[0]!.agent, ...optionsOf(file) });
  return { server, folder, prompts: file.prompts, mcpServers: () => statesOf(servers), close: () => closeServers(servers) };
}

async function read(path: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch (cause) {
    throw invalid([`The agent file ${path} cannot be read.`], cause);
  }
}

function entriesOf(file: AgentFile): { entry: AgentEntry; place: Place }[] {
  return [{ entry: file, place: [] }, ...file.agents.map((entry, index) => ({ entry, place: ["agents", index] }))];
}

function optionsOf(file: AgentFile) {
  return {
    toolActivity: file.tool_activity,
    ...(file.title !== undefined && { title: file.title }),
    ...(file.history_items !== undefined && { historyItems: file.history_items }),
    ...(file.max_turns !== undefined && { maxTurns: file.max_turns }),
    ...(file.continue_with && { continueWith: file.continue_with }),
    ...(file.timeout_ms !== undefined && { timeoutMs: file.timeout_ms }),
    ...(file.models && { models: file.models }),
  };
}

type DraftInit = { entry: AgentEntry; place: Place; folder: string; locate: Locate; connections: Connection[]; expanded: readonly string[] };

async function draft({ entry, place, folder, locate, connections, expanded }: DraftInit): Promise<Draft> {
  const servers = entry.mcp_servers.map((mcp, index) => {
    const connection = { server: mcpServer(mcp, folder, expanded), entry: mcp, place: [...place, "mcp_servers", index] };
    connections.push(connection);
    return connection.server;
  });
  const making = entry.tools.map(async (tool, index) =>
    tool.type === "http" ? httpTool(tool, (field) => locate([...place, "tools", index, field])) : hostedTool(tool),
  );
  const [instructions, tools] = await together(instructionsOf(entry, place, folder, locate), together(...making));
  const agent = new Agent({
    name: entry.name,
    instructions,
    tools,
    mcpServers: servers,
    ...(entry.model !== undefined && { model: entry.model }),
    ...(entry.settings && { modelSettings: settingsOf(entry.settings) }),
    ...(entry.handoff_description !== undefined && { handoffDescription: entry.handoff_description }),
  });
  return { entry, place, agent };
}

async function instructionsOf(entry: AgentEntry, place: Place, folder: string, locate: Locate): Promise<string> {
  if (typeof entry.instructions === "string") return entry.instructions;
  try {
    return await Bun.file(resolve(folder, entry.instructions.file)).text();
  } catch (cause) {
    throw invalid([`${locate([...place, "instructions", "file"])}: the file ${entry.instructions.file} cannot be read.`], cause);
  }
}

function settingsOf(entry: SettingsEntry): ModelSettings {
  return {
    ...(entry.temperature !== undefined && { temperature: entry.temperature }),
    ...(entry.top_p !== undefined && { topP: entry.top_p }),
    ...(entry.max_tokens !== undefined && { maxTokens: entry.max_tokens }),
    ...(entry.reasoning_effort && { reasoning: { effort: entry.reasoning_effort } }),
    ...(entry.verbosity && { text: { verbosity: entry.verbosity } }),
    ...(entry.parallel_tool_calls !== undefined && { parallelToolCalls: entry.parallel_tool_calls }),
    ...(entry.store !== undefined && { store: entry.store }),
  };
}

/** @throws ChatKitError config_invalid when two agents, or two tools of one agent, have one name, or a handoff names none */
async function linkable(file: AgentFile, locate: Locate): Promise<void> {
  const entries = entriesOf(file);
  const names = entries.map(({ entry }) => entry.name);
  const problems = entries.flatMap(({ entry, place }, at) => [
    ...(names.indexOf(entry.name) < at ? [`${locate([...place, "name"])}: there is more than one agent ${entry.name}.`] : []),
    ...namesakes(entry).map((index) => `${locate([...place, "tools", index])}: ${entry.name} has another tool of the same name.`),
    ...entry.handoffs.flatMap((name, index) =>
      names.includes(name) ? [] : [`${locate([...place, "handoffs", index])}: there is no agent ${name} in this file.`],
    ),
  ]);
  if (problems.length > 0) throw invalid(problems);
}

/** The places of the tools whose name an earlier one has: the SDK refuses to run such an agent. */
function namesakes({ tools }: AgentEntry): number[] {
  const names = tools.map((tool) => (tool.type === "http" ? tool.name : tool.type));
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}

/** Sets the handoffs once all agents are made, since two agents may hand over to each other. */
function linkHandoffs(drafts: readonly Draft[]): void {
  const byName = new Map(drafts.map(({ entry, agent }) => [entry.name, agent]));
  for (const { entry, agent } of drafts) agent.handoffs = entry.handoffs.map((name) => byName.get(name)!);
}
