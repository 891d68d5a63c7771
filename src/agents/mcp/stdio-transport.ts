import type { Readable } from "node:stream";
import type { StdioServerParameters } from "@modelcontextprotocol/client/stdio";
import type { LinkTransport } from "./client-session.ts";
import { readErrorOutput } from "./error-output.ts";
import { Inbox } from "./inbox.ts";
import { Lines } from "./lines.ts";
import { ShareOfLoop } from "./share-of-loop.ts";

/** The fields used here of the MCP library's transport. They are private: it has no public way to get between the child and its reader. */
type Inner = {
  _process?: { stdout: Readable; once(event: "exit", heard: (code: number | null, signal: string | null) => void): void };
  _serverParams: StdioServerParameters;
};

/** The MCP library's own limit. */
const MAX_MESSAGE_BYTES = 10 * 1024 ** 2;
/** How long after the end of a child its output may stay open, in the hands of a process that it has started. */
const AFTERLIFE_MS = 500;

/**
 * The transport to a child process, with three differences to the MCP library's: the child's standard error goes to `log`, one that sends
 * without end does not block the event loop (CWE-400), and its end is noticed even if a process that it has started lives on.
 */
export async function stdioTransport(params: StdioServerParameters, log: (line: string) => void): Promise<LinkTransport> {
  const [{ StdioClientTransport }, { deserializeMessage }] = await Promise.all([
    import("@modelcontextprotocol/client/stdio"),
    import("@modelcontextprotocol/client"),
  ]);
  class Transport extends StdioClientTransport {
    endedBecause: string | undefined;

    override async start(): Promise<void> {
      const starting = super.start();
      const { _process: child } = this as unknown as Inner;
      child?.once("exit", (code, signal) => {
        this.endedBecause = signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
        setTimeout(() => (this as unknown as Inner)._process === child && this.onclose?.(), AFTERLIFE_MS).unref();
      });
      if (child?.stdout) void readMessages(child.stdout.removeAllListeners("data"), new Inbox(this as never, log, deserializeMessage));
      if (this.stderr) void readErrorOutput(this.stderr as Readable, log).catch(() => {});
      return starting;
    }
  }
  return new Transport({ ...params, stderr: "pipe" }) as LinkTransport;
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
