import type { Config } from "../config/options.ts";
import { ChatKitError, errorBody } from "../errors.ts";
import type { Connection } from "../http/client.ts";
import { requestPath } from "../http/request-path.ts";

/** An address that cannot be listened on. */
export class ListenError extends Error {}

export type Listener = {
  /** Where it listens, as somebody on this machine would write it. */
  url: string;
  port: number;
  /** Hands requests to the app, those that wait for it included. */
  open(fetch: Fetch): void;
  /** Stops listening; resolves when all requests have ended. With true, cuts them. */
  stop(cut?: boolean): Promise<void>;
};

type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;

/** A start takes a tenth of a second, or as long as somebody's agent module takes to load. */
const WAIT_FOR_START_MS = 5000;
/** The app's own limit answers with an error body; this one only keeps what no route reads out of memory. */
const OUTER_BODY_LIMIT_BYTES = 128 * 1024 ** 2;
const IDLE_TIMEOUT_S = 10;

/** @param shared whether other processes may listen there, too; the kernel then spreads connections over them. @throws ListenError */
export function listen({ host, port }: Pick<Config, "host" | "port">, shared = false): Listener {
  const opened = Promise.withResolvers<Fetch>();
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
 * Requests that come early wait instead of coming again and again, which would make the start slower. Probes are told at once. Whose
 * they are is noted before the wait: at its end some will have hung up, and have no address any more.
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
