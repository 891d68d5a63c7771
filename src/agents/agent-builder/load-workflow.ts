import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { ChatKitError } from "../../errors.ts";
import type { ChatKitServer, Ports } from "../../server/chatkit-server.ts";
import { whileLoading, type LoadingWorkflow } from "./file-imports.ts";
import { EXPORTED, mendWorkflow, SCHEMAS, type NamedAgent } from "./mended-workflow.ts";
import type { Defect } from "./mends/mend.ts";
import { WorkflowWidgets, type NamedSchemas } from "./widgets.ts";
import { WorkflowServer } from "./workflow-server.ts";

type Import = (path: string) => Promise<Record<string, unknown>>;
type Written = {
  path: string;
  /** What is in the file. */
  text: string;
  /** It and files that it imports, as far as they use guardrails. */
  guarded: readonly string[];
};
type Loaded = { server: ChatKitServer; notes: string[]; agents: readonly NamedAgent[] };

/**
 * Loads an exported workflow with its defects mended.
 * @param load imports a module from disk
 * @returns undefined when the file is no exported workflow
 * @throws ChatKitError config_invalid that names the line of each defect that cannot be mended
 */
export async function loadWorkflow({ path, text, guarded }: Written, ports: Ports, load: Import): Promise<Loaded | undefined> {
  const mended = mendWorkflow(text, guarded.some((file) => file !== path));
  if (!mended) return undefined;
  refuseUnmended(path, mended.defects);
  const beside = toolsBeside(path);
  const tools = beside === undefined ? {} : toolsOf(await load(beside));
  const loading: LoadingWorkflow = { tools, pageTools: [] };
  readAs(path, mended.text);
  const exports = await whileLoading(loading, () => load(path));
  const { steps: places, agents, takesText } = mended;
  const run = exports[EXPORTED] as (input: unknown) => unknown;
  const widgets = new WorkflowWidgets(dirname(path), exports[SCHEMAS] as NamedSchemas);
  const server = new WorkflowServer(ports, { run: (input) => run(takesText ? input.input_as_text : input), places, isGuarded: guarded.length > 0, widgets });
  return { server, agents, notes: [...mended.defects.map((defect) => told(path, defect)), ...pageTools(path, loading.pageTools)] };
}

function refuseUnmended(path: string, defects: readonly Defect[]): void {
  const wrong = defects.filter(({ isMended }) => !isMended);
  if (wrong.length > 0) throw new ChatKitError("config_invalid", { message: wrong.map((defect) => told(path, defect)).join("\n") });
}

function told(path: string, { line, text }: Defect): string {
  return `${path}:${line}: ${text}`;
}

function pageTools(path: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const file = `${basename(path).replace(/\.\w+$/, "")}.tools.ts`;
  return [`${path}: the page answers the tools ${names.join(", ")}, whose functions are empty; ${file} beside it may export functions of these names instead`];
}

/** `workflow.tools.ts` beside `workflow.ts`. */
function toolsBeside(path: string): string | undefined {
  const stem = path.replace(/\.\w+$/, "");
  return [".tools.ts", ".tools.js", ".tools.mts", ".tools.mjs"].map((ending) => stem + ending).find((file) => existsSync(file));
}

/** Functions by name: named exports, or the fields of a default export. */
function toolsOf({ default: all, ...named }: Record<string, unknown>): Record<string, unknown> {
  return { ...(typeof all === "object" ? all : undefined), ...named };
}

/** The mended text of each workflow that was loaded, by its path. */
const texts = new Map<string, string>();

/** From now on an import of the file reads this text. */
function readAs(path: string, text: string): void {
  const isKnown = texts.has(path);
  texts.set(path, text);
  if (isKnown) return;
  const filter = new RegExp(`^${RegExp.escape(path)}$`);
  const loader = /\.[cm]?js$/.test(path) ? "js" : /x$/.test(path) ? "tsx" : "ts";
  Bun.plugin({
    name: "exported workflow",
    setup: (build) => void build.onLoad({ filter }, () => ({ contents: texts.get(path) ?? "", loader })),
  });
}
