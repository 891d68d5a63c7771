/**
 * MCP servers that are child processes: their errors go to the log (`error-output.ts`), and their messages (`inbox.ts`)
 * never take more than a share of the event loop (`share-of-loop.ts`). Their tools are never listed or called
 * here: the SDK does that.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Readable } from "node:stream";
import { MCPServerStdio } from "@openai/agents";
import type { Logger } from "../../server/context.ts";
import { readErrorOutput } from "./error-output.ts";
import { Inbox, type Transport as Receiver } from "./inbox.ts";
import { Lines } from "./lines.ts";
import { ShareOfLoop } from "./share-of-loop.ts";

type Log = (line: string) => void;
/** The fields used here of the SDK's transport. Some are private: it has no public way to get between the child and its reader. */
type Transport = Receiver & {
  _serverParams: { stderr?: string };
  _process?: { stdout: Readable; stderr: Readable | null };
  start(): Promise<void>;
};

/** The SDK's own limit. */
const MAX_MESSAGE_BYTES = 10 * 1024 ** 2;
const SHORTEST_SECRET = 8;
/** The log of the `StdioServer` that is connecting; unset for transports that other code starts. */
const connecting = new AsyncLocalStorage<Log>();
let logger: Logger | undefined;

/** Sets the logger for the standard error of MCP servers; its lines have level debug. */
export function logMcpServers(to: Logger): void {
  logger = to;
}

/**
 * The SDK's MCP server in a child process, with two differences: its standard error goes to our log at debug, not to ours directly; and
 * a child that sends without end does not block the event loop (CWE-400).
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

/** Patches the SDK's transport, once for the process. Transports that other code starts work as before. */
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
    if (stdout) void readMessages(stdout.removeAllListeners("data"), new Inbox(this, log, deserializeMessage));
    if (stderr) void readErrorOutput(stderr, log).catch(() => {});
    return started;
  };
}

async function readMessages(output: Readable, inbox: Inbox): Promise<void> {
  const lines = new Lines(MAX_MESSAGE_BYTES);
  const share = new ShareOfLoop();
  try {
    for await (const bytes of output as AsyncIterable<Uint8Array>) {
      share.begin();
      for (const line of lines.push(bytes)) {
        inbox.receive(line);
        await share.next();
      }
      await share.next();
    }
  } catch (error) {
    await inbox.fail(error as Error);
  }
}
