import type { LinkTransport } from "./client-session.ts";
import { httpTransport } from "./http-transport.ts";
import { LastingServer, type HttpOptions } from "./lasting-server.ts";

/** Servers without a name have a number: their address may have a secret in it. */
let unnamed = 0;

/** An MCP server over HTTP, with which a new session is begun when the old one is not known any more. */
export class HttpServer extends LastingServer {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    super(options, `server ${++unnamed}`);
    this.#options = options;
  }

  protected override transport(): Promise<LinkTransport> {
    const { url, authProvider, requestInit, fetch, reconnectionOptions, sessionId } = this.#options;
    return httpTransport(new URL(url), { authProvider, requestInit, fetch, reconnectionOptions, ...(sessionId !== undefined && { sessionId }) });
  }
}
