import * as agents from "@openai/agents";
import * as openai from "openai";
import * as openaiZod from "openai/helpers/zod";
import * as zod from "zod";
import * as zodV4 from "zod/v4";
import { StdioServer } from "../mcp/stdio-server.ts";

/** A module's own MCP servers are guests as an agent file's are. */
const sdk = { ...agents, MCPServerStdio: StdioServer };

/** Import specifier → what it exports. */
export type EmbeddedModules = Record<string, object>;

const OWN: EmbeddedModules = {
  "@openai/agents": sdk,
  // The umbrella package exports all of both.
  "@openai/agents-core": sdk,
  "@openai/agents-openai": sdk,
  "@openai/agents/realtime": agents.realtime,
  openai,
  "openai/helpers/zod": openaiZod,
  zod,
  "zod/v4": zodV4,
};

const registered = new Set<string>();

/**
 * Makes packages that are part of the program importable by name from modules on disk, without any `node_modules` there.
 * They win over a copy on disk, for a module's own dependencies as well: an `Agent` made there is an instance of ours.
 * A specifier is registered once for the whole process; sub-paths must be named one by one (Bun.plugin's `onResolve` is not
 * asked for static imports).
 *
 * @param more what this room may not import itself, such as the library's own index
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
