import type { SentEvent } from "../../../protocol/events.ts";
import { readMessages } from "../../element/client/sse.ts";

type RecordedEvent = { atMs: number; bytes: number; event: SentEvent };
/** One request with its answer, as it went over the wire. */
export type Exchange = {
  id: number;
  url: string;
  operation: string;
  body: string;
  startedAt: Date;
  status: number | undefined;
  durationMs: number | undefined;
  bytes: number;
  events: RecordedEvent[];
  answer?: unknown;
};

const MOST_EXCHANGES = 100;

/** Records the requests of the element and the server's answers, for the panel. The element gets every answer unchanged. */
export class Recorder {
  exchanges: Exchange[] = [];
  onChange = () => {};

  readonly fetch = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const began = performance.now();
    const exchange = this.#begin(String(url), String(init?.body ?? ""));
    const response = await fetch(url, init).catch((error: unknown) => {
      this.#end(exchange, began);
      throw error;
    });
    exchange.status = response.status;
    if (!response.body) return response;
    const [own, theirs] = response.body.tee();
    const reading = response.headers.get("content-type")?.startsWith("text/event-stream") ? this.#readEvents(exchange, own, began) : readJson(exchange, own);
    void reading.catch(() => {}).then(() => this.#end(exchange, began));
    return new Response(theirs, { status: response.status, statusText: response.statusText, headers: response.headers });
  };

  clear(): void {
    this.exchanges = [];
    this.onChange();
  }

  #begin(url: string, body: string): Exchange {
    const id = (this.exchanges.at(-1)?.id ?? 0) + 1;
    const exchange: Exchange = { id, url, operation: operationIn(body), body, startedAt: new Date(), status: undefined, durationMs: undefined, bytes: 0, events: [] };
    this.exchanges = [...this.exchanges.slice(1 - MOST_EXCHANGES), exchange];
    this.onChange();
    return exchange;
  }

  async #readEvents(exchange: Exchange, body: ReadableStream<Uint8Array>, began: number): Promise<void> {
    for await (const data of readMessages(body)) {
      exchange.events.push({ atMs: performance.now() - began, bytes: data.length, event: JSON.parse(data) as SentEvent });
      exchange.bytes += data.length;
      this.onChange();
    }
  }

  #end(exchange: Exchange, began: number): void {
    exchange.durationMs = performance.now() - began;
    this.onChange();
  }
}

async function readJson(exchange: Exchange, body: ReadableStream<Uint8Array>): Promise<void> {
  const text = await new Response(body).text();
  exchange.bytes = text.length;
  exchange.answer = JSON.parse(text);
}

function operationIn(body: string): string {
  try {
    return (JSON.parse(body) as { type: string }).type;
  } catch {
    return "upload";
  }
}

/** The request as a `curl` command. */
export function curlOf({ url, body }: Exchange): string {
  return `curl -N ${quoted(url)} -H 'content-type: application/json' -d ${quoted(body)}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
