import { realpath } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { Agent } from "@openai/agents";
import type { Hono } from "hono";
import { ChatKitError } from "../../errors.ts";
import { ChatKitServer, type Ports } from "../../server/chatkit-server.ts";
import type { RequestContext } from "../../server/context.ts";
import { WidgetTemplate } from "../../widgets/widget-template.ts";
import { AgentServer } from "../agent-server.ts";
import { importFailure } from "./import-failure.ts";
import { importedFiles } from "./imported-files.ts";
import { sourcesIn } from "./source-files.ts";

/** The named exports of an agent module: `routes` and `publicRoutes`, and `context` below. */
export type AgentRoutes = (app: Hono, ports: Ports) => void | Promise<void>;
export type AgentRequestContext = (request: Request, base: RequestContext) => RequestContext | Promise<RequestContext>;
type AgentModule = {
  server: ChatKitServer;
  folder: string;
  routes?: AgentRoutes;
  /** Routes that are served without authentication. */
  publicRoutes?: AgentRoutes;
  context?: AgentRequestContext;
  /** What was mended in an exported workflow, and which of its tools the page has to answer. */
  notes?: string[];
  /** The agents of an exported workflow, whose server runs what the file says. */
  agents?: readonly { name: string; model: string | undefined }[];
};

const EXPECTED = "an Agent, a class that extends ChatKitServer, or a function that makes one of the two";

/**
 * Imports a TypeScript or JavaScript module from disk and makes the server it describes. Call `registerEmbedded` before.
 * @param options.fresh forgets what was loaded from the module's folder before, so that changed files are read again
 * @throws ChatKitError config_invalid whose message names the place of the mistake
 */
export async function loadAgentModule(file: string, ports: Ports, options: { fresh?: boolean } = {}): Promise<AgentModule> {
  const path = await existing(file);
  const folder = dirname(path);
  if (options.fresh) await forgetModules(folder, path);
  WidgetTemplate.directory = folder;
  const workflow = await exportedWorkflow(path, ports);
  if (workflow) return { folder, ...workflow };
  const exports = await importModule(path);
  const server = await makeServer(path, exports["default"], ports);
  const routes = namedFunction<AgentRoutes>(path, exports, "routes");
  const publicRoutes = namedFunction<AgentRoutes>(path, exports, "publicRoutes");
  const context = namedFunction<AgentRequestContext>(path, exports, "context");
  return {
    server,
    folder,
    ...(routes && { routes: placed(path, routes) }),
    ...(publicRoutes && { publicRoutes: placed(path, publicRoutes) }),
    ...(context && { context }),
  };
}

/** The server of a workflow that Agent Builder has exported; undefined when the file is none. */
async function exportedWorkflow(path: string, ports: Ports): Promise<Pick<AgentModule, "server" | "notes" | "agents"> | undefined> {
  const files = await Promise.all([...(await importedFiles(path))].map(async (file) => ({ file, text: await Bun.file(file).text().catch(() => "") })));
  const guarded = files.filter(({ text }) => text.includes("@openai/guardrails")).map(({ file }) => file);
  // Imported when it is needed: the package takes 0.1 s to load.
  if (guarded.length > 0) await (await import("./embedded-modules.ts")).registerGuardrails();
  const { text } = files[0]!;
  if (!text.includes("runWorkflow")) return undefined;
  const { loadWorkflow } = await import("../agent-builder/load-workflow.ts");
  return loadWorkflow({ path, text, guarded }, ports, importModule);
}

/** The same function, with the place in the module in the message of its errors. */
function placed(path: string, routes: AgentRoutes): AgentRoutes {
  return async (app, ports) => {
    try {
      await routes(app, ports);
    } catch (thrown) {
      throw await importFailure(path, thrown);
    }
  };
}

/** The path without symbolic links: modules are cached by it. */
async function existing(file: string): Promise<string> {
  try {
    return await realpath(resolve(file));
  } catch (cause) {
    throw new ChatKitError("config_invalid", { message: `There is no agent file ${resolve(file)}.`, cause });
  }
}

/** Bun also remembers modules that failed to load, but does not list them: so the key of every source file is deleted. */
async function forgetModules(folder: string, path: string): Promise<void> {
  const loaded = Object.keys(require.cache).filter((key) => key.startsWith(folder + sep));
  for (const key of [...loaded, ...sourcesIn(folder), ...(await importedFiles(path))]) delete require.cache[key];
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(path)) as Record<string, unknown>;
  } catch (thrown) {
    throw await importFailure(path, thrown);
  }
}

async function makeServer(path: string, exported: unknown, ports: Ports): Promise<ChatKitServer> {
  if (exported === undefined) throw wrong(path, "there is no default export");
  try {
    const made = typeof exported === "function" ? await construct(path, exported, ports) : exported;
    if (made instanceof ChatKitServer) return made;
    if (made instanceof Agent) return new AgentServer(ports, { agent: made });
    throw wrong(path, `${typeof exported === "function" ? "the default export returned" : "the default export is"} ${nameOf(made)}`);
  } catch (thrown) {
    throw thrown instanceof ChatKitError ? thrown : await importFailure(path, thrown);
  }
}

// Function, since the export may be anything: what it is and what it returns is checked here, at run time.
async function construct(path: string, exported: Function, ports: Ports): Promise<unknown> {
  if (exported.prototype instanceof ChatKitServer) return new (exported as new (ports: Ports) => ChatKitServer)(ports);
  const isClass = /^class\b/.test(Function.prototype.toString.call(exported));
  if (isClass) throw wrong(path, `the class ${exported.name} does not extend ChatKitServer`);
  return (exported as (ports: Ports) => unknown)(ports);
}

function namedFunction<F>(path: string, exports: Record<string, unknown>, name: string): F | undefined {
  const found = exports[name];
  if (found === undefined || typeof found === "function") return found as F | undefined;
  throw new ChatKitError("config_invalid", { message: `${path}: the export "${name}" must be a function, it is ${nameOf(found)}.` });
}

function wrong(path: string, found: string): ChatKitError {
  return new ChatKitError("config_invalid", { message: `${path}: ${found}. The default export must be ${EXPECTED}.` });
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = value.constructor?.name;
  if (name && name !== "Object") return name === "Array" ? "an array" : `an instance of ${name}`;
  return `an object with ${Object.keys(value).slice(0, 5).join(", ") || "no fields"}`;
}
