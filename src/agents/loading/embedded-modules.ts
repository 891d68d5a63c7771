import * as agents from "@openai/agents";
import * as openai from "openai";
import * as openaiZod from "openai/helpers/zod";
import * as zod from "zod";
import * as zodV3 from "zod/v3";
import * as zodV4 from "zod/v4";
import { guardrails } from "../agent-builder/guardrails.ts";
import { HANDED_IN, TURN_EXPORTS } from "../agent-builder/file-imports.ts";
import { TURN_MODULE } from "../agent-builder/mended-workflow.ts";
import { HttpServer } from "../mcp/http-server.ts";
import { ModuleClient } from "../models/module-client.ts";
import { MODULE_MODELS } from "../models/module-models.ts";
import { StdioServer } from "../mcp/stdio-server.ts";

/** MCP servers of a module last as those of an agent file do; its tools and an exported workflow's runs are watched. */
const sdk = { ...agents, ...MODULE_MODELS, ...HANDED_IN, MCPServerStdio: StdioServer, MCPServerStreamableHttp: HttpServer };

/** Import specifier → what it exports. */
export type EmbeddedModules = Record<string, object>;

const OWN: EmbeddedModules = {
  "@openai/agents": sdk,
  // @openai/agents exports everything of these two packages.
  "@openai/agents-core": sdk,
  "@openai/agents-openai": sdk,
  "@openai/agents/realtime": agents.realtime,
  [TURN_MODULE]: TURN_EXPORTS,
  openai: { ...openai, default: ModuleClient, OpenAI: ModuleClient },
  "openai/helpers/zod": openaiZod,
  zod,
  "zod/v3": zodV3,
  "zod/v4": zodV4,
};

const registered = new Set<string>();

/**
 * Lets modules on disk import packages of this program by name, without `node_modules` there. A copy on disk is not used, not even by
 * dependencies of the module, so that an `Agent` made there is an instance of our class. A specifier is registered once for the whole
 * process. Sub-paths are listed one by one, since Bun does not call a plugin's `onResolve` for static imports.
 *
 * @param more modules that this room may not import, such as the library's index
 */
export function registerEmbedded(more: EmbeddedModules = {}): void {
  const fresh = Object.entries({ ...OWN, ...more }).filter(([specifier]) => !registered.has(specifier));
  if (fresh.length === 0) return;
  Bun.plugin({
    name: "embedded modules",
    setup(build) {
      for (const [specifier, found] of fresh) {
        const exports = found as Record<string, unknown>;
        build.module(specifier, () => ({ exports, loader: "object" }));
      }
    },
  });
  for (const [specifier] of fresh) registered.add(specifier);
}

/** Registers a package that few modules need, when one of them does. Its import comes after that of what it needs itself. */
export async function registerGuardrails(): Promise<void> {
  if (registered.has(GUARDRAILS)) return;
  registerEmbedded({ [GUARDRAILS]: await guardrails() });
}

const GUARDRAILS = "@openai/guardrails";
