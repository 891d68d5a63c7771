import { IN_PROCESS } from "../auth/authenticator.ts";
import type { TrustedProxies } from "../auth/trusted-proxies.ts";

/** What of Bun's server the app uses, when it is served by one: `Bun.serve({ fetch: app.fetch })` hands it over. */
export type Connection = {
  requestIP?(request: Request): { address: string } | null;
  timeout?(request: Request, seconds: number): void;
};

/** Where a request comes from. Looked up when it is first asked for, since that costs 2 µs and most requests need not know. */
export class Client {
  #peer: string | undefined;
  #isLookedUp = false;

  constructor(
    // As it arrived: a copy with another body is not the one that the connection is known by.
    private readonly request: Request,
    private readonly connection: Connection | undefined,
    private readonly proxies: TrustedProxies,
    private readonly inProcess: boolean,
  ) {}

  /** The address at the other end of the connection, or undefined when it cannot be told: a client that has hung up has none. */
  get peer(): string | undefined {
    if (!this.#isLookedUp) {
      this.#isLookedUp = true;
      const isConnected = this.connection?.requestIP !== undefined;
      this.#peer = isConnected ? this.connection!.requestIP!(this.request)?.address : this.inProcess ? IN_PROCESS : undefined;
    }
    return this.#peer;
  }

  /** The client's own address, which trusted proxies say; undefined when it cannot be told. */
  get address(): string | undefined {
    return this.proxies.clientAddress(this.peer, this.request.headers.get("x-forwarded-for"));
  }
}
