/**
 * MCP servers whose connection lasts: one that is lost, because the server was restarted or its session ended, is opened again
 * (`link.ts`). A call is never made twice, unless it surely did not run or may safely run again. What the tools do is the agent's affair.
 */
import type {
  CallToolResult,
  CallToolResultContent,
  MCPCallToolOptions,
  MCPListResourcesParams,
  MCPListResourcesResult,
  MCPListResourceTemplatesResult,
  MCPReadResourceResult,
  MCPServerStdio,
  MCPServerStreamableHttp,
  MCPServerWithResources,
} from "@openai/agents";
import type { CallToolResult as Answer, Tool } from "@modelcontextprotocol/client";
import type { Logger } from "../../server/context.ts";
import { failedOutput, returnedOutput, watch } from "../tool-outcome.ts";
import { fateOf, reasonOf, safeReasonOf, type Fate } from "./call-fate.ts";
import { openSession, type ClientSession, type LinkTransport } from "./client-session.ts";
import { Link } from "./link.ts";

export type StdioOptions = ConstructorParameters<typeof MCPServerStdio>[0];
export type HttpOptions = ConstructorParameters<typeof MCPServerStreamableHttp>[0];
type ListedTools = Awaited<ReturnType<MCPServerWithResources["listTools"]>>;
type Arguments = Record<string, unknown> | null;

/** How long somebody waits for a server that is being connected again. */
const PATIENCE_MS = 5000;
const CHECK_MS = 1000;
/** How long a server may take to close. */
const CLOSE_MS = 5000;
/** The SDK's defaults. */
const SESSION_SECONDS = 5;
const CALL_MS = 60_000;
const MAX_PAGES = 64;
/** Options that only the SDK reads, as fields of the server. */
const FOR_THE_SDK = [
  "toolFilter",
  "toolMetaResolver",
  "customDataExtractor",
  "toolInputGuardrails",
  "toolOutputGuardrails",
  "errorFunction",
] as const;

let logger: Logger | undefined;
const connected = new Set<LastingServer>();

/** Sets the logger for losses and returns, and for the standard error of child processes, at debug. */
export function logMcpServers(to: Logger): void {
  logger = to;
}

/** The servers that are connected, or being connected again. */
export function connectedServers(): LastingServer[] {
  return [...connected];
}

/** Closes all servers. Errors are ignored, since a server may be gone already. */
export async function closeServers(servers: readonly LastingServer[]): Promise<void> {
  await Promise.allSettled(servers.map((server) => Promise.race([server.close(), Bun.sleep(CLOSE_MS)])));
}

/** Each server by its name: `down` while it has to be connected again. Servers that were not asked lately are asked now. */
export async function statesOf(servers: Iterable<LastingServer>): Promise<Record<string, "up" | "down">> {
  const states: Record<string, "up" | "down"> = {};
  await Promise.all(Array.from(servers, (server) => server.check()));
  for (const { name, isUp } of servers) states[name] = isUp && states[name] !== "down" ? "up" : "down";
  return states;
}

/** What the servers of the SDK do and more; takes the same options. */
export abstract class LastingServer implements MCPServerWithResources {
  readonly name: string;
  /** The list of tools is kept here, where a new connection drops it: the SDK would keep it by the server's name. */
  readonly cacheToolsList = false;
  declare readonly toolFilter?: NonNullable<MCPServerWithResources["toolFilter"]>;
  declare readonly errorFunction?: NonNullable<MCPServerWithResources["errorFunction"]> | null;
  readonly #keepsTools: boolean;
  readonly #prefersStructure: boolean;
  readonly #sessionMs: number;
  readonly #callMs: number;
  readonly #link: Link<ClientSession>;
  #tools: Tool[] | undefined;
  /** Whether the list is the one of the present connection. */
  #isFresh = false;
  #checkedAt = 0;

  constructor(options: StdioOptions | HttpOptions, name: string) {
    watch(this);
    this.name = options.name ?? name;
    for (const field of FOR_THE_SDK) if (options[field] !== undefined) Object.assign(this, { [field]: options[field] });
    this.#keepsTools = options.cacheToolsList ?? false;
    this.#prefersStructure = options.useStructuredContent ?? false;
    this.#sessionMs = (options.clientSessionTimeoutSeconds ?? SESSION_SECONDS) * 1000;
    this.#callMs = options.timeout ?? CALL_MS;
    const { maxListPages = MAX_PAGES } = options;
    const onToolsChanged = () => void (this.#isFresh = false);
    const init = { transport: () => this.transport(), timeoutMs: this.#sessionMs, maxListPages, onToolsChanged, onTrouble: () => void this.check() };
    this.#link = new Link({ open: () => openSession(init), onLoss: (reason) => this.#lost(reason), onReturn: (ms) => this.#returned(ms) });
  }

  /** A transport that is not started yet. */
  protected abstract transport(): Promise<LinkTransport>;

  get isUp(): boolean {
    return this.#link.isUp;
  }

  /** @throws when nobody answers; a connection that is lost later is opened again */
  async connect(): Promise<void> {
    await this.#link.connect();
    this.#isFresh = false;
    connected.add(this);
  }

  async close(): Promise<void> {
    connected.delete(this);
    await this.#link.close();
  }

  /** The tools that the server has now. While it is lost, those that it had, so that an answer can be given all the same. */
  async listTools(): Promise<ListedTools> {
    const isKnown = this.isUp ? this.#isFresh && this.#keepsTools : true;
    if (this.#tools && isKnown) return structuredClone(this.#tools) as ListedTools;
    try {
      const { session, value } = await this.#inSession(({ client }) => client.listTools(undefined, { timeout: this.#sessionMs, cacheMode: "bypass" }));
      this.#tools = value.tools;
      this.#isFresh = session === (await this.#link.session(0).catch(() => undefined));
    } catch (error) {
      if (!this.#tools) throw error;
    }
    return structuredClone(this.#tools) as ListedTools;
  }

  async callTool(...call: [string, Arguments, (Record<string, unknown> | null)?, MCPCallToolOptions?]): Promise<CallToolResultContent> {
    const result = await this.callToolResult(...call);
    return described(result);
  }

  /** @throws the failure when there is an `errorFunction`; without one it is an output that the model reads */
  async callToolResult(tool: string, args: Arguments, meta?: Record<string, unknown> | null, { signal }: MCPCallToolOptions = {}): Promise<CallToolResult> {
    const definition = this.#tools?.find(({ name }) => name === tool);
    const params = { name: tool, arguments: args ?? {}, ...(meta && { _meta: meta }) };
    const options = { timeout: this.#callMs, ...(signal && { signal }), ...(definition && { toolDefinition: definition }) };
    try {
      const call = ({ client }: ClientSession) => client.callTool(params, options);
      const { value } = await this.#inSession(call, mayRunTwice(definition), signal);
      return this.#judged(value);
    } catch (error) {
      signal?.throwIfAborted();
      if (this.errorFunction !== undefined) throw error;
      return failure(this.#sentence(tool, error), new Error(`${this.name}: ${safeReasonOf(error)}`));
    }
  }

  async listResources(params?: MCPListResourcesParams): Promise<MCPListResourcesResult> {
    const { value } = await this.#inSession(({ client }) => client.listResources(params, { timeout: this.#sessionMs }));
    return value as MCPListResourcesResult;
  }

  async listResourceTemplates(params?: MCPListResourcesParams): Promise<MCPListResourceTemplatesResult> {
    const { value } = await this.#inSession(({ client }) => client.listResourceTemplates(params, { timeout: this.#sessionMs }));
    return value as MCPListResourceTemplatesResult;
  }

  async readResource(uri: string): Promise<MCPReadResourceResult> {
    const { value } = await this.#inSession(({ client }) => client.readResource({ uri }, { timeout: this.#sessionMs }));
    return value as MCPReadResourceResult;
  }

  async invalidateToolsCache(): Promise<void> {
    this.#isFresh = false;
  }

  /** Notices a server that is away although nobody has called it, with a question at most once a second. */
  async check(): Promise<void> {
    if (!this.isUp || performance.now() - this.#checkedAt < CHECK_MS) return;
    this.#checkedAt = performance.now();
    const session = await this.#link.session(0);
    const { client, transport } = session;
    const asked = client.getProtocolEra() === "modern" ? client.discover({ timeout: CHECK_MS }) : client.ping({ timeout: CHECK_MS });
    await asked.catch((error: unknown) => {
      const fate = fateOf(error, transport.sessionId !== undefined);
      if (fate === "refused" || fate === "unknown") this.#link.lose(session, reasonOf(error));
    });
  }

  /**
   * Does it in the present session, and once more in the next one when the session has broken: if it surely did not run, or may run twice.
   */
  async #inSession<T>(work: (session: ClientSession) => Promise<T>, mayRunTwice = true, signal?: AbortSignal) {
    const first = await this.#session();
    try {
      return { session: first, value: await work(first) };
    } catch (error) {
      signal?.throwIfAborted();
      const fate = fateOf(error, first.transport.sessionId !== undefined);
      if (fate === "late") void this.check();
      if (fate === "answered" || fate === "late") throw error;
      this.#link.lose(first, first.transport.endedBecause ?? reasonOf(error));
      if (fate === "unknown" && !mayRunTwice) throw error;
    }
    const second = await this.#session();
    return { session: second, value: await work(second) };
  }

  async #session(): Promise<ClientSession> {
    try {
      return await this.#link.session(Math.min(PATIENCE_MS, this.#callMs));
    } catch (cause) {
      throw Object.assign(new Error(`The MCP server ${this.name} is not connected.`, { cause }), { code: "NOT_CONNECTED" });
    }
  }

  #judged(answer: Answer): CallToolResult {
    const content = contentOf(answer, this.#prefersStructure);
    const error = new Error(`The MCP server ${this.name} reports that the tool has failed.`);
    for (const output of [content, ...content]) if (answer.isError) failedOutput(output, error); else returnedOutput(output);
    return { ...answer, content } as CallToolResult;
  }

  #sentence(tool: string, error: unknown): string {
    const fate: Fate = fateOf(error, false);
    if (fate === "refused") return `${tool} was not called: the MCP server ${this.name} cannot be reached at the moment.`;
    if (fate === "late") return `${tool} gave no answer within ${this.#callMs} ms. It is not known whether it has run.`;
    if (fate === "unknown") return `The connection was lost while ${tool} was called. It is not known whether it has run: find out before you call it again.`;
    return `${tool} failed: ${reasonOf(error)}`;
  }

  #lost(reason: string): void {
    this.#isFresh = false;
    logger?.warn({ mcp_server: this.name, reason }, "an MCP server is gone: it will be connected again");
  }

  #returned(afterMs: number): void {
    logger?.info({ mcp_server: this.name, after_ms: afterMs }, "an MCP server is back");
  }

  /** A line of a child's standard error. */
  protected log(line: string): void {
    logger?.debug({ mcp_server: this.name }, `${this.name}: ${line}`);
  }
}

function mayRunTwice(tool: Tool | undefined): boolean {
  return tool?.annotations?.readOnlyHint === true || tool?.annotations?.idempotentHint === true;
}

/** The content, in which the model finds what the server has sent as structured content only. */
function contentOf({ content, structuredContent, isError }: Answer, prefersStructure: boolean): CallToolResult["content"] {
  if (structuredContent === undefined || content.some((part) => says(part, structuredContent))) return [...content] as CallToolResult["content"];
  const structure = { type: "text", text: JSON.stringify(structuredContent) } as const;
  return (prefersStructure && !isError ? [structure] : [...content, structure]) as CallToolResult["content"];
}

function says(part: { type: string; text?: unknown }, value: unknown): boolean {
  if (part.type !== "text" || typeof part.text !== "string") return false;
  try {
    return Bun.deepEquals(JSON.parse(part.text), value);
  } catch {
    return false;
  }
}

function failure(text: string, error: unknown): CallToolResult {
  const content: CallToolResult["content"] = [{ type: "text", text }];
  for (const output of [content, ...content]) failedOutput(output, error);
  return { content, isError: true };
}

/** The content with the other fields of the result, where the SDK looks for them. */
function described({ content, structuredContent, isError, _meta }: CallToolResult): CallToolResultContent {
  const fields = { structuredContent, isError, _meta };
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) Object.defineProperty(content, key, { value, configurable: true });
  return content as CallToolResultContent;
}
