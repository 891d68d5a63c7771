/**
 * The connection to the server: sends requests, reads answers and streams. It repeats only what the protocol lets a client repeat, and
 * never asks another address than the one that the page's options name.
 */
import type { SentEvent } from "../../../protocol/events.ts";
import type { Operation } from "../../../protocol/requests.ts";
import type { ChatKitOptions } from "@openai/chatkit";
import { refusalOf, RequestFailed } from "./request-failed.ts";
import { readMessages } from "./sse.ts";

/** The same body is sent again up to so many times when there was no answer, a 5xx, or a 2xx that is no stream. A 4xx is final. */
const MAX_REPEATS = 5;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;

type ConnectionOptions = {
  api: ChatKitOptions["api"];
  /** The address that is used with `getClientSecret`: the server that the element came from. */
  ownUrl: string;
  locale: string;
  /** Called before each repetition, and once with undefined when an answer has come. */
  onTrouble?: (trouble: "offline" | "repeating" | undefined) => void;
};

export class Connection {
  #secret: string | null = null;

  /** @param options called for each request: the page may change them at any time */
  constructor(private readonly options: () => ConnectionOptions) {}

  /** Sends an operation that has a single answer. @throws RequestFailed */
  async ask<T>(type: Operation, params: object, signal?: AbortSignal): Promise<T> {
    const response = await this.#post({ type, params }, false, signal);
    return (await response.json()) as T;
  }

  /** Sends a streaming operation, and yields its events. @throws RequestFailed, and DOMException `AbortError` when the signal aborts */
  async *stream(type: Operation, params: object, signal: AbortSignal): AsyncGenerator<SentEvent> {
    const response = await this.#post({ type, params }, true, signal);
    for await (const data of readMessages(response.body!)) yield JSON.parse(data) as SentEvent;
    signal.throwIfAborted();
  }

  /** The page's own `fetch`, if its options have one; also for uploads to the page's server. */
  get fetch(): (url: string, init?: RequestInit) => Promise<Response> {
    const { api } = this.options();
    return "url" in api && api.fetch ? api.fetch : (url, init) => fetch(url, init);
  }

  get url(): string {
    const { api, ownUrl } = this.options();
    return new URL("url" in api ? api.url : ownUrl, document.baseURI).href;
  }

  async #post(body: object, isStream: boolean, signal?: AbortSignal): Promise<Response> {
    const text = JSON.stringify(body);
    const { onTrouble } = this.options();
    for (let attempt = 0; ; attempt++) {
      const response = await this.#send(text, isStream, signal);
      const isAnswer = response?.ok === true && (!isStream || isEventStream(response));
      if (isAnswer || (response && response.status >= 400 && response.status < 500)) {
        if (attempt > 0) onTrouble?.(undefined);
        if (isAnswer) return response;
        throw await refusalOf(response);
      }
      if (attempt === MAX_REPEATS) {
        onTrouble?.(undefined);
        throw response?.ok === false ? await refusalOf(response) : new RequestFailed("The server does not answer.", response?.status ?? 0);
      }
      void response?.body?.cancel();
      onTrouble?.(navigator.onLine ? "repeating" : "offline");
      await pause(waitMs(attempt, response), signal);
    }
  }

  /** undefined when there was no answer. */
  async #send(body: string, isStream: boolean, signal?: AbortSignal): Promise<Response | undefined> {
    const headers: Record<string, string> = { "content-type": "application/json", "accept-language": this.options().locale };
    if (isStream) headers["accept"] = "text/event-stream";
    const init = { method: "POST", headers, body, ...(signal && { signal }) };
    try {
      return await this.#authorized(init);
    } catch (error) {
      if (signal?.aborted) throw error;
      // `fetch` throws a TypeError when there is no answer. Any other error comes from the page's own functions, and is final.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  async #authorized(init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const { api } = this.options();
    if (!("getClientSecret" in api)) return this.fetch(this.url, init);
    const send = async () => {
      this.#secret ??= await api.getClientSecret(null);
      return this.fetch(this.url, { ...init, headers: { ...init.headers, authorization: `Bearer ${this.#secret}` } });
    };
    const response = await send();
    if (response.status !== 401) return response;
    // The secret has expired: the page is asked for a new one, once.
    this.#secret = await api.getClientSecret(this.#secret);
    return send();
  }
}

const isEventStream = ({ headers }: Response) => headers.get("content-type")?.startsWith("text/event-stream") === true;

function waitMs(attempt: number, response: Response | undefined): number {
  const asked = Number(response?.headers.get("retry-after")) * 1000;
  const growing = FIRST_WAIT_MS * 2 ** attempt * (0.75 + Math.random() / 2);
  return Math.min(LONGEST_WAIT_MS, Math.max(growing, asked || 0));
}

/** Waits for `ms`; without a network, until the browser is online again. */
async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const done = Promise.withResolvers<void>();
  const waiting = new AbortController();
  const timer = navigator.onLine ? setTimeout(done.resolve, ms) : undefined;
  addEventListener("online", () => done.resolve(), { signal: waiting.signal });
  signal?.addEventListener("abort", () => done.reject(signal.reason), { signal: waiting.signal });
  try {
    await done.promise;
  } finally {
    clearTimeout(timer);
    waiting.abort();
  }
}
