import type { JSONRPCMessage, StreamableHTTPClientTransport, StreamableHTTPClientTransportOptions } from "@modelcontextprotocol/client";
import { STREAM_ENDED } from "./call-fate.ts";
import type { LinkTransport } from "./client-session.ts";

type SendOptions = Parameters<StreamableHTTPClientTransport["send"]>[1];

/**
 * The MCP library's transport over HTTP, with one difference: a call whose stream ends without its answer fails then, not at its time
 * limit.
 */
export async function httpTransport(url: URL, options: StreamableHTTPClientTransportOptions): Promise<LinkTransport> {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  class Transport extends StreamableHTTPClientTransport {
    override async send(message: JSONRPCMessage | JSONRPCMessage[], options?: SendOptions): Promise<void> {
      const ids = [message].flat().flatMap((one) => ("method" in one && "id" in one ? [one.id] : []));
      const onRequestStreamEnd = () => {
        options?.onRequestStreamEnd?.();
        const error = { code: STREAM_ENDED, message: "The stream of the answer has ended without it." };
        for (const id of ids) this.onmessage?.({ jsonrpc: "2.0", id, error });
      };
      return super.send(message as JSONRPCMessage, { ...options, ...(ids.length > 0 && { onRequestStreamEnd }) });
    }
  }
  return new Transport(url, options) as LinkTransport;
}
