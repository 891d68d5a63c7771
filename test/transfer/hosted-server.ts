import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { seeded, type HostedThread } from "./project.ts";

export const KEY = "sk-proj-of-the-test";

/** What can go wrong with one request. */
export type Fault = "busy" | "busy-date" | "broken" | "cut" | "cut-json" | "stall" | "reset" | "html";
export const FAULTS: Fault[] = ["busy", "busy-date", "broken", "cut", "cut-json", "reset", "html"];

type Answer = { status: number; body: string | Uint8Array };
export type Seen = { path: string; query: URLSearchParams; key: string | undefined };

/** A server that speaks the hosted ChatKit API (threads and their items) over HTTP, as badly as it is told to. */
export class HostedServer {
  readonly seen: Seen[] = [];
  /** Newest last. */
  threads: HostedThread[];
  /** The share of requests that go wrong, and how. */
  faultRate = 0;
  faults: Fault[] = FAULTS;
  /** Pages begin with the last element of the one before, as if rows had shifted. */
  overlap = false;
  /** Line breaks and indentation, as OpenAI's API prints most of its JSON. */
  pretty = false;
  /** Answers in the place of this server's own, when it answers at all. */
  instead: (path: string, query: URLSearchParams, response: ServerResponse) => boolean = () => false;
  /** The bytes of previews. */
  preview: (id: string) => Uint8Array | undefined = (id) => Buffer.from(`bytes of ${id}`);
  /** How often previews and items were served. */
  served = { items: 0, previews: 0 };
  #random = seeded(99);
  readonly #server = createServer((request, response) => this.#answer(request, response));

  constructor(threads: HostedThread[] = []) {
    this.threads = threads;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get baseUrl(): string {
    return `${this.origin}/v1`;
  }

  get source() {
    return { baseUrl: this.baseUrl, apiKey: KEY };
  }

  /** Requests whose path ends so. */
  count(ending: string): number {
    return this.seen.filter(({ path }) => path.endsWith(ending)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, this.origin);
    const key = /^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1];
    this.seen.push({ path: pathname, query: searchParams, key });
    if (this.instead(pathname, searchParams, response)) return;
    const fault = this.#random() < this.faultRate ? this.faults[Math.floor(this.#random() * this.faults.length)] : undefined;
    if (pathname.startsWith("/previews/")) return this.#preview(pathname.slice("/previews/".length), response, fault);
    if (key !== KEY) return json(response, 401, refused(`Incorrect API key provided: ${key}.`));
    if (request.headers["openai-beta"] !== "chatkit_beta=v1")
      return json(response, 400, refused("You must provide the 'OpenAI-Beta' header."));
    const path = /^\/v1\/chatkit\/threads(?:\/([^/]+)\/items)?$/.exec(pathname);
    if (!path) return json(response, 404, refused("Invalid URL"));
    this.#send(response, this.#list(searchParams, path[1] && decodeURIComponent(path[1])), fault);
  }

  #list(query: URLSearchParams, threadId: string | undefined): { status: number; body: string } {
    const thread = threadId === undefined ? undefined : this.threads.find(({ id }) => id === threadId);
    if (threadId !== undefined && !thread) return { status: 404, body: refused("Thread not found") };
    const user = query.get("user");
    const rows = thread ? thread.items : this.threads.filter((one) => user === null || one.user === user);
    const ordered = query.get("order") === "asc" ? rows : rows.toReversed();
    const after = query.get("after");
    const at = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
    if (after !== null && at === 0) return { status: 400, body: refused(`No such cursor: ${after}`) };
    const page = ordered.slice(this.overlap ? Math.max(0, at - 1) : at, at + Number(query.get("limit") ?? 20));
    if (thread) this.served.items += page.length;
    const hasMore = at + Number(query.get("limit") ?? 20) < ordered.length;
    const ends = `"first_id":${JSON.stringify(page[0]?.id ?? null)},"last_id":${JSON.stringify(page.at(-1)?.id ?? null)}`;
    const data = page.map(({ json }) => (this.pretty ? prettyJson(json) : json)).join(this.pretty ? ",\n    " : ",");
    return { status: 200, body: `{"object":"list","data":[${data}],${ends},"has_more":${hasMore}}` };
  }

  #preview(id: string, response: ServerResponse, fault: Fault | undefined): void {
    const bytes = this.preview(id);
    if (!bytes) return json(response, 404, "gone");
    if (fault === "html" || fault === "cut-json") fault = "cut";
    this.served.previews++;
    this.#send(response, { status: 200, body: bytes }, fault, "image/png");
  }

  #send(response: ServerResponse, { status, body }: Answer, fault: Fault | undefined, type = "application/json"): void {
    const bytes = Buffer.from(body as string);
    const head = (length: number) => response.writeHead(status, { "content-type": type, "content-length": length });
    if (fault === undefined) return void head(bytes.length).end(bytes);
    if (fault === "busy") return json(response, 429, refused("Slow down"), { "retry-after": "0.05" });
    if (fault === "busy-date")
      return json(response, 429, refused("Slow down"), { "retry-after": new Date(Date.now() + 1000).toUTCString() });
    if (fault === "broken") return json(response, 500, refused("The server had an error"));
    if (fault === "html") return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Just a moment…</html>");
    if (fault === "reset") return void response.socket?.resetAndDestroy();
    const half = bytes.subarray(0, bytes.length >> 1);
    if (fault === "cut-json") return void head(half.length).end(half);
    head(bytes.length).write(half);
    if (fault === "cut") setTimeout(() => response.destroy(), 1);
  }
}

function refused(message: string): string {
  return JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code: null } });
}

function json(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

/** With breaks and tabs between tokens, and every token as it was. */
export function prettyJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|[{},]/g, (token) => (token.length === 1 ? `${token}\r\n\t  ` : token)).trimEnd();
}
