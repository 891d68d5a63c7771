/**
 * Loading: somebody's agent, a module or a file, or the built-in one, becomes the server that answers, and is loaded anew when it changes.
 * It never answers anything itself.
 */
import type { ChatKitServer, Ports } from "../../server/chatkit-server.ts";
import { loadAgentFile } from "../agent-file/load-agent-file.ts";
import { loadAgentModule, type AgentRequestContext, type AgentRoutes } from "./agent-module.ts";
import { AgentServer } from "../agent-server.ts";
import { builtInAgent } from "./built-in-agent.ts";
import type { EmbeddedModules } from "./embedded-modules.ts";
import { logMcpServers } from "../mcp/stdio-server.ts";
import { configureModels, type ModelOptions } from "../models/model-provider.ts";

type LoadOptions = {
  /** `.ts`, `.js` and the like, or `.yaml`, `.yml`, `.json`; without one the built-in assistant answers. */
  path?: string | undefined;
  ports: Ports;
  models: ModelOptions;
  /** What modules may import by name besides the agents SDK, `openai` and `zod`. */
  embedded: EmbeddedModules;
  /** What agent files may refer to as `${NAME}`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Read the files again that were read before. */
  fresh?: boolean;
};

export type LoadedAgent = {
  server: ChatKitServer;
  routes?: AgentRoutes;
  /** Served without asking who it is. */
  publicRoutes?: AgentRoutes;
  context?: AgentRequestContext;
  /** Suggested prompts of an agent file. */
  prompts?: { label: string; prompt: string }[];
  /** One line for the log; loads what is not loaded yet. */
  describe(): Promise<string>;
  /** What `--watch` watches. */
  folder?: string;
  /** Ends what the agent runs beside the process, such as MCP servers. */
  close(): Promise<void>;
};

/**
 * The one door to this room for a program: configures the models, then makes the server that answers. Import this file only when
 * an agent is wanted: it brings the whole SDK with it.
 * @throws ChatKitError config_invalid with one message that names the place
 */
export async function loadAgentServer(options: LoadOptions): Promise<LoadedAgent> {
  const { path, ports } = options;
  logMcpServers(ports.logger);
  const { describe } = configureModels(options.models);
  if (path === undefined) {
    const server = new AgentServer(ports, { agent: builtInAgent() });
    return { server, describe: async () => `Serving the built-in assistant. ${describe}`, close: async () => {} };
  }
  if (/\.(ya?ml|json)$/i.test(path)) {
    const file = await loadAgentFile(path, ports, options.env);
    return { ...file, describe: async () => `Serving ${path}. ${describe}` };
  }
  // Whole packages: nothing to load at the start of a server that imports no module.
  const { registerEmbedded } = await import("./embedded-modules.ts");
  registerEmbedded(options.embedded);
  const module = await loadAgentModule(path, ports, options.fresh === undefined ? {} : { fresh: options.fresh });
  return { ...module, describe: async () => `Serving ${path}. ${describe}`, close: async () => {} };
}
