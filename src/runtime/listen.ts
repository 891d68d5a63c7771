import type { Config } from "../config/options.ts";
import { ChatKitError, errorBody } from "../errors.ts";
import type { Connection } from "../http/client.ts";
import { requestPath } from "../http/request-path.ts";

/** Thrown when the address cannot be listened on. */
export class ListenError extends Error {}

export type Listener = {
  /** The URL of the server, as seen from this machine. */
  url: string;
  port: number;
  /** Passes requests to the app from now on, and those that have waited for it. */
  open(fetch: Fetch): void;
  /** Stops listening and resolves when all requests have ended. With `cut`, their connections are closed. */
  stop(cut?: boolean): Promise<void>;
};

type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;

/** How long an early request waits for the start, which takes a tenth of a second, or as long as an agent module takes to load. */
const WAIT_FOR_START_MS = 5000;
/** The app has its own limit, which answers with an error body. This one bounds the bodies that no route reads. */
const OUTER_BODY_LIMIT_BYTES = 128 * 1024 ** 2;
const IDLE_TIMEOUT_S = 10;

/** @param shared lets other processes listen on the port, too; the kernel spreads connections over them. @throws ListenError */
export function listen({ host, port }: Pick<Config, "host" | "port">, shared = false): Listener {
  const opened = Promise.withResolvers<Fetch>();
  const settings = {
    hostname: host.replace(/^\[(.*)\]$/, "$1"),
    port,
    // Bun's defaults would be an error page with a stack trace, a port that a second process can silently share, and other limits.
    development: false,
    reusePort: shared,
    idleTimeout: IDLE_TIMEOUT_S,
    maxRequestBodySize: OUTER_BODY_LIMIT_BYTES,
  };
  const server = serve(settings);
  function serve(options: typeof settings): Bun.Server<undefined> {
    try {
      return Bun.serve({ ...options, fetch: whileStarting(opened.promise) });
    } catch (cause) {
      const taken = (cause as { code?: string }).code === "EADDRINUSE";
      throw new ListenError(`cannot listen on ${host}:${port}${taken ? ": something else already does" : ""}`, { cause });
    }
  }
  return {
    url: addressOf(host, server.port ?? port),
    port: server.port ?? port,
    open: (fetch) => {
      opened.resolve(fetch);
      server.reload({ ...settings, fetch });
    },
    stop: (cut) => server.stop(cut),
  };
}

/**
 * Until the app is there, requests wait: retries would slow the start down. Probes are answered at once. The peer is looked up before
 * the wait, since a client that has hung up has no address any more.
 */
function whileStarting(opened: Promise<Fetch>) {
  return async (request: Request, server: Bun.Server<undefined>): Promise<Response> => {
    const peer = server.requestIP(request);
    if (/^\/(livez|readyz|healthz)$/.test(requestPath(request))) return Response.json({ status: "starting" }, { status: 503 });
    const fetch = await Promise.race([opened, Bun.sleep(WAIT_FOR_START_MS).then(() => notYet)]);
    return fetch(request, { requestIP: () => peer, timeout: (of, seconds) => server.timeout(of, seconds) });
  };
}

function notYet(): Response {
  const requestId = crypto.randomUUID();
  const body = errorBody(new ChatKitError("shutting_down", { message: "The server is starting." }), requestId);
  return Response.json(body, { status: 503, headers: { "retry-after": "1", "x-request-id": requestId } });
}

function addressOf(host: string, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "0.0.0.0" || bare === "::") return `http://localhost:${port}`;
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}
