import { IN_PROCESS } from "../auth/authenticator.ts";
import type { TrustedProxies } from "../auth/trusted-proxies.ts";

/** The methods of Bun's server that the app uses. `Bun.serve({ fetch: app.fetch })` passes the server as the second argument. */
export type Connection = {
  requestIP?(request: Request): { address: string } | null;
  timeout?(request: Request, seconds: number): void;
};

/** Where a request comes from. Looked up on first use, since it takes 2 µs and most requests do not need it. */
export class Client {
  #peer: string | undefined;
  #isLookedUp = false;
  #address: string | undefined;

  constructor(
    // The request as it arrived: Bun knows the connection only by this object, not by a copy with another body.
    private readonly request: Request,
    private readonly connection: Connection | undefined,
    private readonly proxies: TrustedProxies,
    private readonly inProcess: boolean,
  ) {}

  /** The address at the other end of the connection; undefined when it is unknown, as after the client has hung up. */
  get peer(): string | undefined {
    if (!this.#isLookedUp) {
      this.#isLookedUp = true;
      const isConnected = this.connection?.requestIP !== undefined;
      this.#peer = isConnected ? this.connection!.requestIP!(this.request)?.address : this.inProcess ? IN_PROCESS : undefined;
    }
    return this.#peer;
  }

  /** The address of the client itself, as trusted proxies report it; undefined when it is unknown. */
  get address(): string | undefined {
    return (this.#address ??= this.proxies.clientAddress(this.peer, this.request.headers.get("x-forwarded-for")));
  }
}
