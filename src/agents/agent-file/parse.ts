import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import { ChatKitError } from "../../errors.ts";
import { agentFile, type AgentFile } from "./schema.ts";

/** Gives the place of a value in the file, as `file:line`. */
export type Locate = (path: readonly PropertyKey[]) => string;
type ParsedAgentFile = {
  file: AgentFile;
  locate: Locate;
  /** The values of the variables that the file uses: no log shows them. */
  expanded: readonly string[];
};

/** `${NAME}` and nothing more: anything else after `$` is text. */
const PLACEHOLDER = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** The only fields that may use the environment, of the file and of an entry of `agents`: no secret may get to a model. */
const WITH_ENVIRONMENT = [
  "model",
  "tools.*.url",
  "tools.*.headers.*",
  "tools.*.vector_store_ids.*",
  "mcp_servers.*.url",
  "mcp_servers.*.headers.*",
  "mcp_servers.*.command",
  "mcp_servers.*.args.*",
  "mcp_servers.*.env.*",
  "mcp_servers.*.cwd",
].map((field) => field.split("."));

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses and checks an agent file, in YAML or in JSON, which is YAML, too.
 * @throws ChatKitError config_invalid with the line of each mistake
 */
export function parseAgentFile(path: string, text: string, environment: Environment): ParsedAgentFile {
  const lines = new LineCounter();
  // Without prettyErrors, which quote the offending line: it may hold a secret. Some messages quote it behind a colon, and are cut there.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) => (offset === undefined ? path : `${path}:${lines.linePos(offset).line}`);
  const locate: Locate = (place) => at(offsetOf(document, place));
  const broken = document.errors[0];
  if (broken) throw invalid([`${at(broken.pos[0])}: ${broken.message.split(":", 1)[0]}`]);
  const missing: string[] = [];
  const expanded = new Set<string>();
  const value = filledIn(plain(document, path), [], (name, place) => {
    if (environment[name] === undefined) missing.push(`${locate(place)}: ${name} is not set in the environment.`);
    expanded.add(environment[name] ?? "");
    // Without the variable any text will do, so that all other mistakes are found as well.
    return environment[name] ?? name;
  });
  const parsed = agentFile.safeParse(value);
  if (parsed.success && missing.length === 0) return { file: parsed.data, locate, expanded: [...expanded] };
  throw invalid([...missing, ...(parsed.error?.issues ?? []).map((issue) => describe(issue, locate))]);
}

/** @throws ChatKitError config_invalid for an alias without its anchor, and for aliases that would grow without end (CWE-776) */
function plain(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid([`${path}: an alias in it names no anchor, or aliases are used too often.`], cause);
  }
}

export function invalid(lines: string[], cause?: unknown): ChatKitError {
  return new ChatKitError("config_invalid", { message: lines.join("\n"), cause });
}

/** Waits for all of them. @throws ChatKitError config_invalid with the lines of all that failed, so that they can be mended at once */
export async function together<T extends readonly unknown[]>(...work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(work);
  const thrown = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  const lines = thrown.map((error) => {
    if (error instanceof ChatKitError && error.code === "config_invalid") return error.message;
    throw error;
  });
  if (lines.length > 0) throw invalid(lines, thrown[0]);
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] };

function describe(issue: Issue, locate: Locate): string {
  const [key] = issue.code === "unrecognized_keys" ? (issue.keys ?? []) : [];
  if (key !== undefined) {
    const others = (issue.keys ?? []).slice(1).map((other) => `, "${other}"`).join("");
    return `${locate([...issue.path, key])}: unknown key "${key}"${others}${issue.path.length > 0 ? ` in ${issue.path.join(".")}` : ""}.`;
  }
  return `${locate(issue.path)}: ${issue.path.join(".") || "the file"}: ${issue.message}.`;
}

function offsetOf(document: Document, place: readonly PropertyKey[]): number | undefined {
  // A missing value has no place: then it is the place of the value that it is missing from.
  for (let length = place.length; length >= 0; length--) {
    const path = place.slice(0, length);
    const key = keyNode(document, path);
    const node: unknown = key ?? (length === 0 ? document.contents : document.getIn(path, true));
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

/** The node of the key rather than of its value, which may start some lines below. */
function keyNode(document: Document, path: readonly PropertyKey[]): unknown {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const items = typeof parent === "object" && parent !== null && "items" in parent ? (parent.items as { key?: unknown }[]) : [];
  return items.find(({ key }) => isNode(key) && key.toJSON() === path.at(-1))?.key;
}

function mayUseEnvironment(place: PropertyKey[]): boolean {
  const path = place[0] === "agents" ? place.slice(2) : place;
  return WITH_ENVIRONMENT.some((field) => field.length === path.length && field.every((part, i) => part === "*" || part === path[i]));
}

/** The value, with each `${NAME}` replaced in the fields that may use the environment. */
function filledIn(value: unknown, path: PropertyKey[], lookUp: (name: string, path: PropertyKey[]) => string): unknown {
  if (typeof value === "string") {
    if (!mayUseEnvironment(path)) return value;
    return value.replace(PLACEHOLDER, (_all, name: string) => lookUp(name, path));
  }
  if (Array.isArray(value)) return value.map((entry, index) => filledIn(entry, [...path, index], lookUp));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, filledIn(entry, [...path, key], lookUp)]));
}
