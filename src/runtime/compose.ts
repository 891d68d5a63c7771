import { Hono } from "hono";
import { lateAgent } from "../agents/loading/late-agent.ts";
import { MAX_AUDIO_BODY_BYTES } from "../agents/models/transcription.ts";
import type { LoadedAgent } from "../agents/loading/load-agent-server.ts";
import type { ByteStore } from "../attachments/byte-store.ts";
import { StoredAttachments } from "../attachments/stored-attachments.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Sessions } from "../auth/sessions.ts";
import type { Loaded } from "../config/loaded.ts";
import type { Config } from "../config/options.ts";
import { isLoopback } from "../config/rules.ts";
import { createApp } from "../http/app.ts";
import { RequestContexts } from "../http/contexts.ts";
import type { PanelOptions } from "../http/routes/panel.ts";
import type { ChatKitServer, Ports } from "../server/chatkit-server.ts";
import type { Logger, RequestContext } from "../server/context.ts";
import type { Limits } from "../server/limits/limits.ts";
import type { RunKeeper } from "../server/runs/run-keeper.ts";
import { makeAuthenticator } from "./parts/authenticators.ts";
import { browserFiles } from "./browser-files/browser-files.ts";
import { makeTranscriber } from "./parts/transcriber.ts";
import { modelFiles, uploadRules } from "./parts/open-attachments.ts";
import type { OpenStore } from "./parts/open-store.ts";

export type Composition = {
  agent: LoadedAgent;
  app: Hono;
  contexts: RequestContexts;
};

type Parts = {
  loaded: Loaded;
  store: OpenStore;
  /** Where the bytes of files go; undefined when files are not taken. */
  bytes?: ByteStore | undefined;
  /** The runs of this process. They may go on after their agent was replaced. */
  runs: RunKeeper<RequestContext>;
  logger: Logger;
  publicUrl: string;
  isDraining: () => boolean;
  isSchemaPending: () => boolean;
  /** This library, as agent modules import it. */
  library: () => Promise<object>;
  /** They are counted across all agents of this process. @default none */
  limits?: Limits;
  /** Whether to read the agent's files again, although they were read before. */
  fresh?: boolean;
  /** Kept when the agent is reloaded: it may have keys that cannot be fetched at the moment. @default made from the configuration */
  authenticate?: Authenticator;
  /** Of the chat page's panel; undefined where there is none. */
  panel?: PanelOptions | undefined;
  /** Belongs to `authenticate`. @default none */
  sessions?: Sessions | undefined;
};

/** Makes the app that is served, from the configuration and the adapters. @throws ChatKitError config_invalid */
export async function compose(parts: Parts): Promise<Composition> {
  const { store, bytes, runs, logger, publicUrl, isDraining, isSchemaPending, library, limits, fresh = false } = parts;
  const { config, environment } = parts.loaded;
  const authenticate = parts.authenticate ?? (await makeAuthenticator(config, logger));
  const contexts: RequestContexts = new RequestContexts(logger, (request, base) => agent.context?.(request, base) ?? base);
  const server = (): ChatKitServer => agent.server;
  const { lease: leaseMs, titleModel } = config;
  const requestContext = (request: Request) => contexts.of(request);
  const attachmentStore = bytes && new StoredAttachments<RequestContext>({ store, bytes, publicUrl, rules: uploadRules(config), modelFiles: modelFiles(config), isDirect: config.s3Direct });
  const transcriber = makeTranscriber(config);
  const ports: Ports = { ...(attachmentStore && { attachmentStore }), ...(transcriber && { transcriber }), store, runs, logger, publicUrl, leaseMs, server, requestContext, ...(titleModel !== undefined && { titleModel }) };
  // Loaded late, when other requests can already be answered: the agents SDK is most of what this program loads.
  const load = async () => (await import("../agents/loading/load-agent-server.ts")).loadAgentServer({
    ...(config.agent !== undefined && { path: config.agent }),
    ports,
    models: { apiKey: config.openaiApiKey, baseURL: config.openaiBaseUrl, model: config.model, api: config.modelApi, aliases: config.modelAliases },
    // Only an agent module can import these; loading them takes 10 ms of the start.
    embedded: config.agent === undefined ? {} : { ...(await import("./parts/hono-for-modules.ts")).EMBEDDED_HONO, "chatkit-server": await library() },
    env: environment,
    fresh,
  });
  // The developer's own agent is loaded now, since its errors have to end the start. The built-in one is loaded later.
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
    ...(parts.sessions && { sessions: parts.sessions }),
    maxBodyBytes: config.maxBodyBytes,
    bodyLimits: { "input.transcribe": Math.max(config.maxBodyBytes, MAX_AUDIO_BODY_BYTES) },
    ...(limits && { limits }),
    pages: { file: browserFiles(), isOn: isPageOn(config), options: pageOptions(config, bytes !== undefined), fileOrigins: fileOrigins(config), frameOrigins: config.corsOrigins },
    ...(parts.panel && { panel: parts.panel }),
    heartbeatMs: config.heartbeat,
    writeTimeoutMs: config.writeTimeout,
    isDraining,
    isSchemaPending,
    ...(agent.mcpServers && { mcpServers: () => agent.mcpServers!() }),
  });
  await agent.routes?.(app, ports);
  return { agent, app, contexts };
}

/**
 * The host names that requests may use; undefined for any. Without authentication on a loopback address only known names may be used: a
 * web page could let its own name point to this server and then read everything (DNS rebinding). With authentication that would gain it
 * nothing, and on a network only the operator knows the names.
 */
function allowedHosts({ auth, host, publicUrl, allowedHosts }: Config): string[] | undefined {
  const isTold = allowedHosts.length > 0 || (auth === "none" && publicUrl !== undefined);
  if (!isTold && !(auth === "none" && isLoopback(host))) return undefined;
  return [...allowedHosts, host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])];
}

/** On by default only where nobody but this machine's user can be meant. */
export function isPageOn({ playground, auth, host, publicUrl }: Config): boolean {
  return playground === undefined ? auth === "none" && isLoopback(host) && publicUrl === undefined : playground === "on";
}

const PROMPTS = [
  { label: "What is the weather in Oslo?", prompt: "What is the weather in Oslo?", icon: "globe" },
  { label: "What time is it?", prompt: "What time is it?", icon: "clock" },
];

/** What the chat page tells the element of this server. An agent of one's own has other questions. */
function pageOptions({ agent }: Config, takesFiles: boolean): object {
  return { ...(agent === undefined && { startScreen: { prompts: PROMPTS } }), ...(takesFiles && { composer: { attachments: { enabled: true } } }) };
}

/** The bucket's, where the page sends files past the server and reads them there. */
function fileOrigins({ s3Direct, attachments }: Config): string[] {
  if (!s3Direct || !attachments?.startsWith("s3:")) return [];
  const endpoint = new URL(attachments).searchParams.get("endpoint");
  if (endpoint === null) return ["https://*.amazonaws.com"];
  const { protocol, host, origin } = new URL(endpoint);
  return [origin, `${protocol}//*.${host}`];
}
