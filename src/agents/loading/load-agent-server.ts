/**
 * Loading: the developer's agent (a module or an agent file) or the built-in one becomes the server that answers, and is loaded again when
 * it changes. It never answers anything itself.
 */
import { ChatKitError } from "../../errors.ts";
import type { ChatKitServer, Ports } from "../../server/chatkit-server.ts";
import type { AgentRequestContext, AgentRoutes } from "./agent-module.ts";
import { AgentServer } from "../agent-server.ts";
import { agentModels, inOneLine, type AgentModel } from "./agent-models.ts";
import { builtInAgent } from "./built-in-agent.ts";
import type { EmbeddedModules } from "./embedded-modules.ts";
import { closeServers, connectedServers, logMcpServers, statesOf } from "../mcp/lasting-server.ts";
import { configureModels, type ModelOptions } from "../models/model-provider.ts";

type LoadOptions = {
  /** `.ts`, `.js` and the like, or `.yaml`, `.yml`, `.json`; without one the built-in assistant answers. */
  path?: string | undefined;
  ports: Ports;
  models: ModelOptions;
  /** Further modules that agent modules can import by name, beside the agents SDK, `openai` and `zod`. */
  embedded: EmbeddedModules;
  /** The variables that agent files may refer to as `${NAME}`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Whether to read files again that were loaded before. */
  fresh?: boolean;
};

export type LoadedAgent = {
  server: ChatKitServer;
  routes?: AgentRoutes;
  /** Routes that are served without authentication. */
  publicRoutes?: AgentRoutes;
  context?: AgentRequestContext;
  /** What was mended in an exported workflow, and which of its tools the page has to answer. */
  notes?: string[];
  /** Suggested prompts of an agent file. */
  prompts?: { label: string; prompt: string }[];
  /** One line for the log; loads the agent if it is not loaded yet. */
  describe(): Promise<string>;
  /** Each agent with its model; loads the agent if it is not loaded yet. */
  models(): Promise<AgentModel[]>;
  /** The folder that `--watch` watches; undefined for the built-in agent. */
  folder?: string;
  /** The agent's MCP servers by their names. */
  mcpServers?(): Promise<Record<string, "up" | "down">>;
  /** Closes what the agent has opened, such as MCP servers. */
  close(): Promise<void>;
};

/**
 * Configures the models, then makes the server that answers. The program enters the agents room only here. Import this file lazily: it
 * loads the whole SDK.
 * @throws ChatKitError config_invalid whose message names the place of each mistake
 */
export async function loadAgentServer(options: LoadOptions): Promise<LoadedAgent> {
  const { path, ports } = options;
  logMcpServers(ports.logger);
  const configured = configureModels(options.models);
  /** What is told of a server. */
  const told = (server: ChatKitServer, what: string, agents?: Parameters<typeof agentModels>[3]) => {
    const models = agentModels(server, ports.titleModel, configured, agents);
    return { models: async () => models, describe: async () => `Serving ${what}. ${inOneLine(models, configured)}` };
  };
  if (path === undefined) {
    const server = new AgentServer(ports, { agent: builtInAgent() });
    return { server, ...told(server, "the built-in assistant"), close: async () => {} };
  }
  if (/\.py$/i.test(path)) throw new ChatKitError("config_invalid", { message: `${path}: ${TAKE_TYPESCRIPT}` });
  if (/\.(ya?ml|json)$/i.test(path)) {
    // Imported lazily: the YAML parser takes six megabytes.
    const { loadAgentFile } = await import("../agent-file/load-agent-file.ts");
    const file = await loadAgentFile(path, ports, options.env);
    return { ...file, ...told(file.server, path) };
  }
  // Imported lazily: they load whole packages, which only an agent module needs.
  const { registerEmbedded } = await import("./embedded-modules.ts");
  const { loadAgentModule } = await import("./agent-module.ts");
  registerEmbedded(options.embedded);
  const others = new Set(connectedServers());
  const module = await loadAgentModule(path, ports, options.fresh === undefined ? {} : { fresh: options.fresh });
  // A module has no way to close its servers: those that were connected while it was loaded are its own.
  const own = connectedServers().filter((server) => !others.has(server));
  for (const note of module.notes ?? []) if (!options.fresh) ports.logger.warn({}, note);
  return { ...module, ...told(module.server, path, module.agents), mcpServers: () => statesOf(connectedServers()), close: () => closeServers(own) };
}

const TAKE_TYPESCRIPT = "a Python file cannot be run here. Of a workflow from Agent Builder take the other export: Code, Agents SDK, TypeScript.";
