import type { SentEvent } from "../../../protocol/events.ts";
import { readMessages } from "../../element/client/sse.ts";

type RecordedEvent = { atMs: number; bytes: number; label: string; data: string };
/** One request with its answer, as it went over the wire. */
export type Exchange = {
  id: number;
  url: string;
  operation: string;
  body: string;
  startedAt: Date;
  status: number | undefined;
  durationMs: number | undefined;
  /** Of the answer. */
  bytes: number;
  events: RecordedEvent[];
  /** How many events, the first ones, are not kept any more. */
  leftOut: number;
  answer?: string;
};

const MOST_EXCHANGES = 100;
/** In characters, of all that is kept: beyond it the oldest is let go, so that a tab can stay open for days. */
const MOST_KEPT = 4_000_000;
/** In characters. Of a longer request, answer or event the beginning is kept. */
const MOST_TEXT = 1_000_000;

/** Records the requests of the element and the server's answers, for the panel. The element gets every answer unchanged. */
export class Recorder {
  exchanges: Exchange[] = [];
  onChange: () => void = () => {};
  #kept = 0;

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
    const reading = response.headers.get("content-type")?.startsWith("text/event-stream") ? this.#readEvents(exchange, own, began) : this.#readAnswer(exchange, own);
    void reading.catch(() => {}).then(() => this.#end(exchange, began));
    return new Response(theirs, { status: response.status, statusText: response.statusText, headers: response.headers });
  };

  clear(): void {
    this.exchanges = [];
    this.#kept = 0;
    this.onChange();
  }

  #begin(url: string, body: string): Exchange {
    const id = (this.exchanges.at(-1)?.id ?? 0) + 1;
    const exchange: Exchange = { id, url, operation: operationIn(body), body: body.slice(0, MOST_TEXT), startedAt: new Date(), status: undefined, durationMs: undefined, bytes: 0, events: [], leftOut: 0 };
    this.exchanges = [...this.exchanges, exchange];
    this.#keep(exchange, exchange.body.length);
    this.onChange();
    return exchange;
  }

  async #readEvents(exchange: Exchange, body: ReadableStream<Uint8Array>, began: number): Promise<void> {
    for await (const data of readMessages(body)) {
      const bytes = bytesOf(data);
      exchange.bytes += bytes;
      const event = { atMs: performance.now() - began, bytes, label: labelOf(JSON.parse(data) as SentEvent), data: data.slice(0, MOST_TEXT) };
      exchange.events.push(event);
      this.#keep(exchange, event.data.length);
      this.onChange();
    }
  }

  async #readAnswer(exchange: Exchange, body: ReadableStream<Uint8Array>): Promise<void> {
    const text = await new Response(body).text();
    exchange.bytes = bytesOf(text);
    exchange.answer = text.slice(0, MOST_TEXT);
    this.#keep(exchange, exchange.answer.length);
  }

  /** Lets go of the oldest, if there is too much: whole exchanges but the one that is being added to, and then its first events. */
  #keep(exchange: Exchange, added: number): void {
    // It was let go meanwhile, and what still comes of it is not kept either.
    if (!this.exchanges.includes(exchange)) return void (exchange.events = []);
    this.#kept += added;
    while ((this.#kept > MOST_KEPT || this.exchanges.length > MOST_EXCHANGES) && this.exchanges[0] !== exchange) {
      this.#kept -= keptOf(this.exchanges[0]!);
      this.exchanges = this.exchanges.slice(1);
    }
    let dropped = 0;
    for (; this.#kept > MOST_KEPT && dropped < exchange.events.length; dropped++) this.#kept -= exchange.events[dropped]!.data.length;
    exchange.events.splice(0, dropped);
    exchange.leftOut += dropped;
  }

  #end(exchange: Exchange, began: number): void {
    exchange.durationMs = performance.now() - began;
    this.onChange();
  }
}

function keptOf({ body, events, answer = "" }: Exchange): number {
  return events.reduce((sum, { data }) => sum + data.length, body.length + answer.length);
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

function labelOf(event: SentEvent): string {
  const detail = "update" in event ? ` · ${event.update.type}` : "item" in event ? ` · ${event.item.type}` : "";
  return event.type + detail;
}

function operationIn(body: string): string {
  try {
    return (JSON.parse(body) as { type: string }).type;
  } catch {
    return "upload";
  }
}

/** The request as a `curl` command; undefined when its body was too long to be kept. */
export function curlOf({ url, body }: Exchange): string | undefined {
  return body.length === MOST_TEXT ? undefined : `curl -N ${quoted(url)} -H 'content-type: application/json' -d ${quoted(body)}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
