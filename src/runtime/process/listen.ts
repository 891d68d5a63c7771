/**
 * The process and its port: it listens, takes signals and what the supervisor says, and leaves the port to others. What it answers is never
 * decided here.
 */
import type { Config } from "../../config/options.ts";
import { withoutBrackets } from "../../config/rules.ts";
import { ChatKitError, errorBody } from "../../errors.ts";
import type { Connection } from "../../http/client.ts";
import { requestPath } from "../../http/request-path.ts";

/** Thrown when the address cannot be listened on. */
class ListenError extends Error {
  constructor(
    message: string,
    readonly isTaken: boolean,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

export type Listener = {
  /** The URL of the server, as seen from this machine. */
  url: string;
  port: number;
  /** Passes requests to the app from now on, and those that have waited for it. */
  open(fetch: Fetch): void;
  /** Makes each answer the last one on its connection: so clients that keep connections open lose no request when this process ends. */
  endConnections(): void;
  /** Stops listening and resolves when all requests have ended. With `cut`, their connections are closed. */
  stop(cut?: boolean): Promise<void>;
};

type Address = Pick<Config, "host" | "port"> & { largestFileBytes?: number };
type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;
type Handler = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

const WAIT_FOR_PORT_MS = 1000;
/** How long an early request waits for the start, which takes a tenth of a second, or as long as an agent module takes to load. */
const WAIT_FOR_START_MS = 5000;
/** The app has its own limits, which answer with an error body. This one bounds the bodies that no route reads. */
const OUTER_BODY_LIMIT_BYTES = 128 * 1024 ** 2;
/** What a form has around a file. */
const FORM_BYTES = 1024 ** 2;
const IDLE_TIMEOUT_S = 10;

/** @param shared lets other processes listen on the port, too; the kernel spreads connections over them. @throws ListenError */
export function listen({ host, port, largestFileBytes = 0 }: Address, shared = false): Listener {
  const opened = Promise.withResolvers<Fetch>();
  const settings = {
    hostname: host.replace(/^\[(.*)\]$/, "$1"),
    port,
    // Bun's defaults would be an error page with a stack trace, a port that a second process can silently share, and other limits.
    development: false,
    reusePort: shared,
    idleTimeout: IDLE_TIMEOUT_S,
    maxRequestBodySize: Math.max(OUTER_BODY_LIMIT_BYTES, largestFileBytes + FORM_BYTES),
  };
  let answer: Handler = whileStarting(opened.promise);
  const server = serve(settings);
  const answerBy = (handler: Handler) => server.reload({ ...settings, fetch: (answer = handler) });
  function serve(options: typeof settings): Bun.Server<undefined> {
    try {
      return Bun.serve({ ...options, fetch: answer });
    } catch (cause) {
      const isTaken = (cause as { code?: string }).code === "EADDRINUSE";
      throw new ListenError(`cannot listen on ${host}:${port}${isTaken ? ": something else already does" : ""}`, isTaken, cause);
    }
  }
  return {
    url: addressOf(host, server.port ?? port),
    port: server.port ?? port,
    open: (fetch) => {
      opened.resolve(fetch);
      answerBy(fetch);
    },
    endConnections: () => answerBy(lastOnItsConnection(answer)),
    stop: (cut) => server.stop(cut),
  };
}

/**
 * Waits a moment for the port if it is taken: when a supervisor was killed, its workers still hold the port for a short time.
 * @throws ListenError
 */
export async function listenWhenFree(address: Address): Promise<Listener> {
  for (const deadline = performance.now() + WAIT_FOR_PORT_MS; ; await Bun.sleep(50)) {
    try {
      return listen(address);
    } catch (error) {
      if (!(error instanceof ListenError && error.isTaken) || performance.now() > deadline) throw error;
    }
  }
}

/**
 * Until the app is there, requests wait: retries would slow the start down. Probes are answered at once. The peer is looked up before
 * the wait, since a client that has hung up has no address any more.
 */
function whileStarting(opened: Promise<Fetch>): Handler {
  return async (request, server) => {
    const peer = server.requestIP(request);
    if (/^\/(livez|readyz|healthz)$/.test(requestPath(request))) return Response.json({ status: "starting" }, { status: 503 });
    const fetch = await Promise.race([opened, Bun.sleep(WAIT_FOR_START_MS).then(() => notYet)]);
    return fetch(request, { requestIP: () => peer, timeout: (of, seconds) => server.timeout(of, seconds) });
  };
}

function lastOnItsConnection(answer: Handler): Handler {
  return async (request, server) => {
    const response = await answer(request, server);
    response.headers.set("connection", "close");
    return response;
  };
}

/** Says that the server is starting, and to come again soon. */
export function notYet(): Response {
  const requestId = crypto.randomUUID();
  const body = errorBody(new ChatKitError("shutting_down", { message: "The server is starting." }), requestId);
  return Response.json(body, { status: 503, headers: { "retry-after": "1", "x-request-id": requestId } });
}

/** The URL of a server that listens there, as seen from this machine. */
export function addressOf(host: string, port: number): string {
  const bare = withoutBrackets(host);
  if (bare === "0.0.0.0" || bare === "::") return `http://localhost:${port}`;
  return `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}
