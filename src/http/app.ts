/**
 * HTTP: requests in, JSON and event streams out; Hono is used in this room. `createApp` lists all middleware and routes in the order in
 * which they run. What an operation does is never decided here, and the text of an unexpected error never reaches a client.
 */
import { Hono } from "hono";
import { except } from "hono/combine";
import type { Authenticator } from "../auth/authenticator.ts";
import { StoredAttachments } from "../attachments/stored-attachments.ts";
import { noAuthentication } from "../auth/none.ts";
import type { Sessions } from "../auth/sessions.ts";
import { TrustedProxies } from "../auth/trusted-proxies.ts";
import { ChatKitError } from "../errors.ts";
import { bodyLimitOf, type BodyLimits } from "../protocol/body-limits.ts";
import type { ChatKitServer } from "../server/chatkit-server.ts";
import type { Logger, RequestContext } from "../server/context.ts";
import { Limits } from "../server/limits/limits.ts";
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
import { noteRefusal, refuseOverLimit } from "./middleware/request-limit.ts";
import { refuseWhile } from "./middleware/refuse-while.ts";
import { patience } from "./middleware/patience.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { thrownValues } from "./middleware/thrown-values.ts";
import { requestPath } from "./request-path.ts";
import { errorResponder } from "./respond-error.ts";
import { anyOrigin, formRoute, refuseFiles, SIGNED_PATH, signedRoutes } from "./routes/attachments.ts";
import { chatkitRoute } from "./routes/chatkit.ts";
import { pages, type PagesOptions } from "./routes/pages.ts";
import { panel, type PanelOptions } from "./routes/panel.ts";
import { addPublicRoutes } from "./routes/public.ts";
import { probes } from "./routes/probes.ts";
import { sessionRoutes } from "./routes/sessions.ts";

export type AppOptions<C extends RequestContext = RequestContext> = {
  /** Tells who asks. @default everybody is accepted, as the user in `X-User-ID` or else `local` */
  authenticate?: Authenticator;
  /**
   * The proxies whose `X-Forwarded-For` names the client's address: addresses, networks such as `10.0.0.0/8`, `loopback` or `any`.
   * @default ["loopback"]
   */
  trustedProxies?: readonly string[];
  /**
   * True when your own code calls `fetch` without passing Bun's server, and has checked who asks: in tests, behind another kind of
   * server, on a Unix socket. `trustedHeader` then accepts those requests. A connection whose peer is unknown it never accepts.
   * @default false
   */
  inProcess?: boolean;
  /** Makes the request contexts; pass your own to use them in your routes or to add fields. @default a plain one */
  contexts?: RequestContexts<C>;
  /** @default the server's */
  logger?: Logger;
  /** Browser origins that may call: `https://example.com`, `https://*.example.com`, `capacitor://localhost` or `*`. @default none */
  corsOrigins?: readonly string[];
  /**
   * The names of this server, beside addresses and `localhost`; requests for any other name are refused, with an empty list, too. Needed
   * where everybody who can connect is accepted: a hostile page can point its own domain at this machine. @default all names
   */
  allowedHosts?: readonly string[] | undefined;
  /** Routes that are served without authentication, such as webhooks, which check a signature themselves. @default none */
  publicRoutes?: Hono;
  /** Answers `POST /v1/chatkit/sessions` for the backends of pages; let its `authenticator` be the app's. @default no such route */
  sessions?: Sessions;
  /** The server's own address: pages of that origin may call, too. */
  publicUrl?: string;
  /** @default 1 MiB */
  maxBodyBytes?: number;
  /** For operations that take larger or smaller bodies than the others. @default none */
  bodyLimits?: BodyLimits["bodyLimits"];
  /** How much one user, and all users together, may ask for. All apps of a process must share one instance. @default no limits */
  limits?: Limits;
  /** How long a stream may be quiet before a comment line is sent. @default 15000 */
  heartbeatMs?: number;
  /** How long a client may read nothing before its stream is cut; from 8 to 255 seconds. @default 60000 */
  writeTimeoutMs?: number;
  /** The chat page and the element that it shows, `/chatkit.js`. @default none */
  pages?: PagesOptions;
  /** The panel for developers beside the chat page. @default none */
  panel?: PanelOptions;
  /** True once the process is shutting down: new requests are refused. @default never */
  isDraining?: () => boolean;
  /** True while the database still waits for its migration: requests are refused until then. @default never */
  isSchemaPending?: () => boolean;
  /** The agent's MCP servers by their names, for `/readyz?verbose`. @default none */
  mcpServers?: () => Promise<Record<string, "up" | "down">>;
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
  const { isDraining = () => false, isSchemaPending = () => false, mcpServers = async () => ({}) } = options;
  const { maxBodyBytes, bodyLimits, limits = new Limits() } = options;
  const body: BodyLimits = { ...(maxBodyBytes !== undefined && { maxBodyBytes }), ...(bodyLimits && { bodyLimits }) };
  const limitBody = bodyLimit(bodyLimitOf(body), contexts);
  const { heartbeatMs = 15_000, writeTimeoutMs = 60_000 } = options;

  const app = new Hono<AppEnv>({ getPath: requestPath });
  app.onError(errorResponder(logger));
  app.notFound(() => {
    throw new ChatKitError("not_found");
  });
  app.use(arrival(new TrustedProxies(options.trustedProxies ?? ["loopback"]), options.inProcess ?? false));
  app.use(accessLog(logger));
  const { corsOrigins = [], allowedHosts, publicUrl } = options;
  const files = server.attachmentStore instanceof StoredAttachments ? (server.attachmentStore as StoredAttachments<C>) : undefined;
  const origins = new AllowedOrigins(corsOrigins);
  const refused = refusedOrigins(logger);
  if (files) app.use(SIGNED_PATH, anyOrigin);
  if (corsOrigins.length > 0) app.use(except(files ? SIGNED_PATH : [], crossOrigin(origins, refused))); // before all refusals: a page cannot read any without its origin
  app.use(securityHeaders());
  app.use(thrownValues());
  const isTaken = (path: string, methods = /^(GET|ALL)$/) => app.routes.filter((route) => route.path === path && methods.test(route.method)).length > 1;
  app.route("/", probes({ isDraining, isSchemaPending, ready: () => server.store.ping(), mcpServers })); // probes have no user, and any name for the server
  if (allowedHosts) app.use(checks(knownHost(allowedHosts, logger)));
  if (options.pages) app.route("/", pages(options.pages, isTaken)); // nothing but static files, for everybody
  // While this process drains, the client's retry reaches another one.
  app.use(checks(refuseWhile(isDraining, "shutting_down"), refuseWhile(isSchemaPending, "schema_pending")));
  // Asks for a token of its own.
  if (options.panel) addPublicRoutes(app, panel(server, contexts, options.panel, limits), limitBody, patience(), bodyMistakes());
  if (options.publicRoutes) addPublicRoutes(app, options.publicRoutes, limitBody, patience(), bodyMistakes());
  if (files) app.route("/", signedRoutes(files, (c, reason) => noteRefusal(c, reason, limits, server.audit))); // before authentication: the URL is all the identity they need
  if (options.sessions) addPublicRoutes(app, sessionRoutes(options.sessions, limits, server.audit), limitBody, patience(), bodyMistakes());
  app.use(checks(crossSite(origins, publicUrl, refused)));
  app.use(authentication(options.authenticate ?? noAuthentication(), contexts, limits, server.audit));
  app.post("/chatkit", chatkitRoute(server, { contexts, logger, body, limits, heartbeatMs, writeTimeoutMs })); // limits bodies by operation
  app.all("/chatkit", (c) => {
    c.header("allow", "POST");
    throw new ChatKitError("invalid_request", { status: 405, message: "Send a POST." });
  });
  app.use(checks(refuseOverLimit()));
  if (files) app.post("/chatkit/attachments", formRoute(files, (request) => contexts.of(request))); // has a limit of its own
  else if (!server.attachmentStore) app.post("/chatkit/attachments", refuseFiles(() => isTaken("/chatkit/attachments", /^(POST|ALL)$/)));
  app.use(limitBody);
  app.use(patience()); // only for routes that are added from here on: those above set their own time limits
  app.use(bodyMistakes());
  // As a plain Hono: the variables that our middleware sets on Hono's context are not for other code.
  return app as unknown as Hono;
}
