import { Hono } from "hono";
import { lateAgent } from "../agents/loading/late-agent.ts";
import type { LoadedAgent } from "../agents/loading/load-agent-server.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Loaded } from "../config/loaded.ts";
import type { Config } from "../config/options.ts";
import { isLoopback } from "../config/rules.ts";
import { createApp } from "../http/app.ts";
import { RequestContexts } from "../http/contexts.ts";
import type { ChatKitServer, Ports } from "../server/chatkit-server.ts";
import type { Logger, RequestContext } from "../server/context.ts";
import type { Limits } from "../server/limits.ts";
import type { RunKeeper } from "../server/run-keeper.ts";
import { makeAuthenticator } from "./authenticators.ts";
import type { OpenStore } from "./open-store.ts";

export type Composition = {
  agent: LoadedAgent;
  app: Hono;
  contexts: RequestContexts;
};

type Parts = {
  loaded: Loaded;
  store: OpenStore;
  /** The answers of this process: they go on beyond the agent that began them. */
  runs: RunKeeper<RequestContext>;
  logger: Logger;
  publicUrl: string;
  isDraining: () => boolean;
  isSchemaPending: () => boolean;
  /** This library as agent modules import it. */
  library: () => Promise<object>;
  /** Of the process: they outlive the agent. @default none */
  limits?: Limits;
  /** Read the agent's files again that were read before. */
  fresh?: boolean;
  /** Kept when the agent is loaded anew: it may have keys that cannot be fetched just now. @default made of the configuration */
  authenticate?: Authenticator;
};

/** Configuration and adapters to the app that is served. @throws ChatKitError config_invalid */
export async function compose(parts: Parts): Promise<Composition> {
  const { store, runs, logger, publicUrl, isDraining, isSchemaPending, library, limits, fresh = false } = parts;
  const { config, environment } = parts.loaded;
  const authenticate = parts.authenticate ?? (await makeAuthenticator(config, logger));
  const contexts: RequestContexts = new RequestContexts(logger, (request, base) => agent.context?.(request, base) ?? base);
  const server = (): ChatKitServer => agent.server;
  const { lease: leaseMs, titleModel } = config;
  const requestContext = (request: Request) => contexts.of(request);
  const ports: Ports = { store, runs, logger, publicUrl, leaseMs, server, requestContext, ...(titleModel !== undefined && { titleModel }) };
  // The agents SDK is most of what this program has to load: it comes in once somebody else could already be answered.
  const load = async () => (await import("../agents/loading/load-agent-server.ts")).loadAgentServer({
    ...(config.agent !== undefined && { path: config.agent }),
    ports,
    models: { apiKey: config.openaiApiKey, baseURL: config.openaiBaseUrl, model: config.model, api: config.modelApi },
    // Only a module imports by name; without one these would be 10 ms of every start.
    embedded: config.agent === undefined ? {} : { ...(await import("./embedded.ts")).EMBEDDED_HONO, "chatkit-server": await library() },
    env: environment,
    fresh,
  });
  // What somebody else wrote can be wrong, which has to be known before the start is over.
  const agent: LoadedAgent = config.agent === undefined ? lateAgent(ports, load) : await load();
  const publicRoutes = new Hono();
  await agent.publicRoutes?.(publicRoutes, ports);
  const app = createApp(agent.server, {
    authenticate,
    contexts,
    logger,
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    allowedHosts: allowedHosts(config),
    publicUrl,
    publicRoutes,
    maxBodyBytes: config.maxBodyBytes,
    ...(limits && { limits }),
    heartbeatMs: config.heartbeat,
    writeTimeoutMs: config.writeTimeout,
    isDraining,
    isSchemaPending,
  });
  await agent.routes?.(app, ports);
  return { agent, app, contexts };
}

/**
 * The names to answer to, or undefined for whatever it is called. Where somebody has to say who they are a page that lends its name to
 * this server gains nothing; on a network, only whoever runs it knows the names, and has said so or not.
 */
function allowedHosts({ auth, host, publicUrl, allowedHosts }: Config): string[] | undefined {
  const isTold = allowedHosts.length > 0 || (auth === "none" && publicUrl !== undefined);
  if (!isTold && !(auth === "none" && isLoopback(host))) return undefined;
  return [...allowedHosts, host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])];
}
