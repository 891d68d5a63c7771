import OpenAI, { type APIPromise } from "openai";
import { EventStream } from "./event-stream.ts";

/** Which model answers, and where it is. With neither a key nor an address it is the demo model. */
export type ModelOptions = {
  apiKey?: string | undefined;
  baseURL?: string | undefined;
  /** For agents that name no model; `demo` is the offline one. */
  model?: string | undefined;
  /** @default "responses" */
  api?: "responses" | "chat_completions" | undefined;
  /** Until the model server starts to answer, milliseconds. @default 600000: a reasoning model may think for minutes */
  timeoutMs?: number | undefined;
  /** After 408, 409, 429, 5xx and lost connections, as long as nothing was streamed. @default 2 */
  maxRetries?: number | undefined;
};

const TIMEOUT_MS = 600_000;
const MAX_RETRIES = 2;

/** The client that all models share: with our own time limits and retries. */
export function modelClient(options: ModelOptions): OpenAI {
  const { apiKey } = options;
  return new ModelClient({
    ...(apiKey !== undefined && { fetch: (...call: Parameters<typeof fetch>) => fetchWithoutEcho(apiKey, ...call) }),
    // Model servers on one's own machine want no key, the client refuses to be made without.
    apiKey: apiKey ?? "none",
    baseURL: options.baseURL ?? null,
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    maxRetries: options.maxRetries ?? MAX_RETRIES,
  });
}

/** Reads streams in our way. */
class ModelClient extends OpenAI {
  override post<Answer>(...[path, options]: Parameters<OpenAI["post"]>): APIPromise<Answer> {
    return super.post(path, Promise.resolve(options).then((given) => ({ ...given, __streamClass: EventStream })));
  }
}

/** A model server that refuses a key may quote it, and its words end up in the log. */
async function fetchWithoutEcho(secret: string, ...call: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...call);
  if (response.ok) return response;
  const text = (await response.text()).replaceAll(secret, "[redacted]");
  const { status, statusText, headers } = response;
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(text, { status, statusText, headers });
}
