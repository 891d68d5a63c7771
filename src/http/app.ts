/**
 * HTTP: requests in, JSON and event streams out; Hono lives in this room. All middleware and routes stand in `createApp` in the order in
 * which they run. What an operation does is never decided here, and what was caught never reaches a client.
 */
import { Hono } from "hono";
import type { Authenticator } from "../auth/authenticator.ts";
import { noAuthentication } from "../auth/none.ts";
import { TrustedProxies } from "../auth/trusted-proxies.ts";
import { ChatKitError } from "../errors.ts";
import { DEFAULT_MAX_BODY_BYTES } from "../protocol/parse.ts";
import type { ChatKitServer } from "../server/chatkit-server.ts";
import type { Logger, RequestContext } from "../server/context.ts";
import { AllowedOrigins } from "./allowed-origins.ts";
import { RequestContexts } from "./contexts.ts";
import type { AppEnv } from "./env.ts";
import { accessLog } from "./middleware/access-log.ts";
import { arrival } from "./middleware/arrival.ts";
import { authentication } from "./middleware/authentication.ts";
import { bodyMistakes } from "./middleware/body-mistakes.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { checks } from "./middleware/checks.ts";
import { crossOrigin } from "./middleware/cross-origin.ts";
import { crossSite, refusedOrigins } from "./middleware/cross-site.ts";
import { knownHost } from "./middleware/known-host.ts";
import { refuseWhile } from "./middleware/refuse-while.ts";
import { patience } from "./middleware/patience.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { thrownValues } from "./middleware/thrown-values.ts";
import { requestPath } from "./request-path.ts";
import { errorResponder } from "./respond-error.ts";
import { chatkitRoute } from "./routes/chatkit.ts";
import { addPublicRoutes } from "./routes/public.ts";
import { probes } from "./routes/probes.ts";

export type AppOptions<C extends RequestContext = RequestContext> = {
  /** Who asks. @default believes `X-User-ID`, else everybody is `local` */
  authenticate?: Authenticator;
  /**
   * Whose `X-Forwarded-For` is believed to name the client's address: addresses, networks such as `10.0.0.0/8`, `loopback` or `any`.
   * @default ["loopback"]
   */
  trustedProxies?: readonly string[];
  /**
   * Say true where your own code calls `fetch` without handing Bun's server on, and answers for who asks: tests, a server of another
   * kind, a Unix socket. `trustedHeader` then believes those requests; a connection whose other end is unknown it never does.
   * @default false
   */
  inProcess?: boolean;
  /** Where contexts come from; share it to ask for them in routes of your own. @default a plain one */
  contexts?: RequestContexts<C>;
  /** @default the server's */
  logger?: Logger;
  /** Browser origins that may call: `https://example.com`, `https://*.example.com`, `capacitor://localhost` or `*`. @default none */
  corsOrigins?: readonly string[];
  /**
   * Names of this server, beside addresses and `localhost`: requests for other ones are refused, also with an empty list. Needed where
   * whoever can connect is believed, since any page can give its own name this machine's address. @default every name is taken
   */
  allowedHosts?: readonly string[] | undefined;
  /** Routes that are served without asking who it is, such as webhooks: it is for them to check a signature. @default none */
  publicRoutes?: Hono;
  /** The server's own address; pages of its origin may call. */
  publicUrl?: string;
  /** @default 1 MiB */
  maxBodyBytes?: number;
  /** Quiet time between comment lines on streams. @default 15000 */
  heartbeatMs?: number;
  /** How long a reader may take nothing before its stream is cut; from 8 to 255 s. @default 60000 */
  writeTimeoutMs?: number;
  /** True once the process is on its way out: new work is refused. @default never */
  isDraining?: () => boolean;
  /** True while somebody else has yet to migrate the database: until then requests are refused. @default never */
  isSchemaPending?: () => boolean;
};

/**
 * The HTTP app around a server; routes added to it run behind the same middleware.
 *
 * @example
 * Bun.serve({ port: 8000, development: false, fetch: createApp(server).fetch });
 */
export function createApp<C extends RequestContext>(server: ChatKitServer<C>, options: AppOptions<C> = {}): Hono {
  const logger = options.logger ?? server.logger;
  const contexts = options.contexts ?? new RequestContexts<C>(logger);
  const { isDraining = () => false, isSchemaPending = () => false } = options;
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const { heartbeatMs = 15_000, writeTimeoutMs = 60_000 } = options;

  const app = new Hono<AppEnv>({ getPath: requestPath });
  app.onError(errorResponder(logger));
  app.notFound(() => {
    throw new ChatKitError("not_found");
  });
  app.use(arrival(new TrustedProxies(options.trustedProxies ?? ["loopback"]), options.inProcess ?? false));
  app.use(accessLog(logger));
  const { corsOrigins = [], allowedHosts, publicUrl } = options;
  const origins = new AllowedOrigins(corsOrigins);
  const refused = refusedOrigins(logger);
  if (corsOrigins.length > 0) app.use(crossOrigin(origins, refused)); // before all refusals: a page cannot read one that leaves its origin out
  app.use(securityHeaders());
  app.use(thrownValues());
  app.route("/", probes({ isDraining, isSchemaPending, ready: () => server.store.ping() })); // before identity: who probes has none
  const isOurName = allowedHosts ? [knownHost(allowedHosts, logger)] : [];
  // While it drains another process answers the client's retry.
  app.use(checks(refuseWhile(isDraining, "shutting_down"), refuseWhile(isSchemaPending, "schema_pending"), ...isOurName));
  if (options.publicRoutes) addPublicRoutes(app, options.publicRoutes, bodyLimit(maxBodyBytes, contexts), patience(), bodyMistakes());
  app.use(checks(crossSite(origins, publicUrl, refused)));
  app.use(authentication(options.authenticate ?? noAuthentication(), contexts, server.audit));
  app.use(bodyLimit(maxBodyBytes, contexts));
  app.post("/chatkit", chatkitRoute(server, { contexts, logger, maxBodyBytes, heartbeatMs, writeTimeoutMs }));
  app.all("/chatkit", (c) => {
    c.header("allow", "POST");
    throw new ChatKitError("invalid_request", { status: 405, message: "Send a POST." });
  });
  app.use(patience()); // for what is added from here on: the routes above mind their own time
  app.use(bodyMistakes());
  // What our middleware leaves on Hono's context is nobody else's business.
  return app as unknown as Hono;
}
