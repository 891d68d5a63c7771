import { createHash } from "node:crypto";
import OpenAI, { type ClientOptions } from "openai";
import type { ModelOptions } from "./model-client.ts";

let configured: ModelOptions = {};

export function configureModuleClients(options: ModelOptions): void {
  configured = options;
}

/** Takes over the requests of modules: answers with what `send` brings, or with what it has kept of an equal request. */
type RequestKeeper = (key: string, send: () => Promise<Response>) => Promise<Response>;
let keeper: () => RequestKeeper | undefined = () => undefined;

/** Sets who keeps the requests that are made now, if anybody does. */
export function keepRequests(find: () => RequestKeeper | undefined): void {
  keeper = find;
}

/**
 * The client of the `openai` package as modules get it: without a key or an address of their own it uses the configured model server, and
 * the names of models mean what the configuration says.
 */
export class ModuleClient extends OpenAI {
  constructor(options: ClientOptions = {}) {
    const send = options.fetch ?? fetch;
    super({
      ...options,
      apiKey: options.apiKey ?? configured.apiKey ?? "none",
      baseURL: options.baseURL ?? configured.baseURL ?? null,
      fetch: (url, init) => request(send, url, init),
    });
  }
}

type Fetch = NonNullable<ClientOptions["fetch"]>;

async function request(send: Fetch, url: Parameters<Fetch>[0], init: Parameters<Fetch>[1]): Promise<Response> {
  const { body, isStreamed } = aliased(init?.body);
  const sending = async () => withoutFallback(String(url), await send(url, body === undefined ? init : ({ ...init, body } as RequestInit)));
  const keep = isStreamed ? undefined : keeper();
  if (!keep) return sending();
  const hash = createHash("sha256").update(`${init?.method ?? "GET"} ${String(url)} ${typeof init?.body === "string" ? init.body : ""}`);
  return keep(hash.digest("base64url"), sending);
}

/** The body with the model that the name stands for. */
function aliased(given: unknown): { body?: string; isStreamed: boolean } {
  if (typeof given !== "string" || !given.startsWith("{")) return { isStreamed: false };
  const parsed = JSON.parse(given) as { model?: string; stream?: unknown };
  const alias = parsed.model === undefined ? undefined : configured.aliases?.[parsed.model];
  return { isStreamed: parsed.stream === true, ...(alias !== undefined && { body: JSON.stringify({ ...parsed, model: alias }) }) };
}

/** Where there is no moderation, guardrails would send the text to OpenAI instead: a server without it refuses, and no text leaves. */
function withoutFallback(url: string, response: Response): Response {
  if (response.status !== 404 || !url.includes("/moderations")) return response;
  return Response.json({ error: { message: "The model server has no moderation.", type: "invalid_request_error", param: null, code: null } }, { status: 400 });
}
