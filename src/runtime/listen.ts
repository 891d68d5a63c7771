import type { Config } from "../config/options.ts";

/** An address that cannot be listened on. */
export class ListenError extends Error {}

export type Listener = {
  /** Where it listens, as somebody on this machine would write it. */
  url: string;
  port: number;
  /** Hands requests to the app; until then they are answered 503. */
  open(fetch: (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>): void;
  /** Stops listening; resolves when all requests have ended. With true, cuts them. */
  stop(cut?: boolean): Promise<void>;
};

/** The app's own limit answers with an error body; this one only keeps what no route reads out of memory. */
const OUTER_BODY_LIMIT_BYTES = 128 * 1024 ** 2;
const IDLE_TIMEOUT_S = 10;

/** @param shared whether other processes may listen there, too; the kernel then spreads connections over them. @throws ListenError */
export function listen({ host, port }: Pick<Config, "host" | "port">, shared = false): Listener {
  const starting = () => new Response(null, { status: 503, headers: { "retry-after": "1" } });
  const settings = {
    hostname: host.replace(/^\[(.*)\]$/, "$1"),
    port,
    // All four differ from Bun's defaults: an error page with a stack, a port that a second process can silently share,
    // connections that never time out once a handler says 0.
    development: false,
    reusePort: shared,
    idleTimeout: IDLE_TIMEOUT_S,
    maxRequestBodySize: OUTER_BODY_LIMIT_BYTES,
  };
  const server = serve(settings);
  function serve(options: typeof settings): Bun.Server<undefined> {
    try {
      return Bun.serve({ ...options, fetch: starting });
    } catch (cause) {
      const taken = (cause as { code?: string }).code === "EADDRINUSE";
      throw new ListenError(`cannot listen on ${host}:${port}${taken ? ": something else already does" : ""}`, { cause });
    }
  }
  return {
    url: addressOf(host, server.port ?? port),
    port: server.port ?? port,
    open: (fetch) => server.reload({ ...settings, fetch }),
    stop: (cut) => server.stop(cut),
  };
}

function addressOf(host: string, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "0.0.0.0" || bare === "::") return `http://localhost:${port}`;
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}
