/**
 * MCP servers that are child processes: their errors go to the log (`error-output.ts`), and their floods never take more than a share of
 * the event loop (`share-of-loop.ts`). Which tools they have is the SDK's to ask.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Readable } from "node:stream";
import { MCPServerStdio } from "@openai/agents";
import type { Logger } from "../../server/context.ts";
import { readErrorOutput } from "./error-output.ts";
import { Lines } from "./lines.ts";
import { ShareOfLoop } from "./share-of-loop.ts";

type Log = (line: string) => void;
/** What of the SDK's transport is used, private parts included: it has no other place to stand between the child and its readers. */
type Transport = {
  _serverParams: { stderr?: string };
  _process?: { stdout: Readable; stderr: Readable | null };
  onmessage?(message: unknown): void;
  onerror?(error: Error): void;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** The SDK's own limit. */
const MAX_MESSAGE_BYTES = 10 * 1024 ** 2;
const SHORTEST_SECRET = 8;
/** News that is longer than this says nothing that anybody waits for, and taking it apart could take long. */
const MAX_NOTIFICATION_CHARS = 64 * 1024;
const NOTIFICATION = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"method"\s*:\s*"notifications\//;

/** Set while one of ours connects. */
const connecting = new AsyncLocalStorage<Log>();
let logger: Logger | undefined;

/** Where the standard error of MCP servers goes: lines at debug. */
export function logMcpServers(to: Logger): void {
  logger = to;
}

/**
 * An MCP server that is a child process, as a guest: what it writes on its standard error is at debug and not among the lines of this
 * program, and what it sends without end does not keep the loop from everybody else (CWE-400). Otherwise the SDK's.
 */
export class StdioServer extends MCPServerStdio {
  readonly #secrets: string[];

  constructor(options: ConstructorParameters<typeof MCPServerStdio>[0]) {
    super(options);
    this.#secrets = Object.values(options.env ?? {}).filter((value) => value.length >= SHORTEST_SECRET);
  }

  override async connect(): Promise<void> {
    await (prepared ??= prepareTransport());
    return connecting.run((line) => this.#log(line), () => super.connect());
  }

  #log(line: string): void {
    const text = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "********"), line);
    logger?.debug({ mcp_server: this.name }, `${this.name}: ${text}`);
  }
}

let prepared: Promise<void> | undefined;

/** Once for the process; children that are started by something else than the class above stay as they are. */
async function prepareTransport(): Promise<void> {
  const [{ StdioClientTransport }, { deserializeMessage }] = await Promise.all([
    import("@modelcontextprotocol/client/stdio"),
    import("@modelcontextprotocol/client"),
  ]);
  const transport = StdioClientTransport.prototype as unknown as Transport;
  const { start } = transport;
  transport.start = function startAsGuest(this: Transport) {
    const log = connecting.getStore();
    if (!log) return start.call(this);
    this._serverParams.stderr ??= "pipe";
    const started = start.call(this);
    const { stdout, stderr } = this._process ?? {};
    if (stdout) void readMessages(this, stdout.removeAllListeners("data"), deserializeMessage);
    if (stderr) void readErrorOutput(stderr, log).catch(() => {});
    return started;
  };
}

async function readMessages(transport: Transport, output: Readable, deserialize: (line: string) => unknown): Promise<void> {
  const lines = new Lines(MAX_MESSAGE_BYTES);
  const share = new ShareOfLoop();
  try {
    for await (const bytes of output as AsyncIterable<Uint8Array>) {
      for (const line of lines.push(bytes)) {
        receive(transport, line, deserialize);
        await share.next();
      }
      await share.next();
    }
  } catch (error) {
    transport.onerror?.(error as Error);
    await transport.close().catch(() => {});
  }
}

function receive(transport: Transport, line: string, deserialize: (line: string) => unknown): void {
  if (line.length > MAX_NOTIFICATION_CHARS && NOTIFICATION.test(line)) return;
  try {
    transport.onmessage?.(deserialize(line));
  } catch (error) {
    // Text that is no JSON is what some servers print before they begin.
    if (!(error instanceof SyntaxError)) transport.onerror?.(error as Error);
  }
}
