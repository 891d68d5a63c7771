import { mcpAnswer } from "./mcp-server.ts";

type Message = { id?: number | string; method: string; params?: Record<string, any> }; // whatever the client sends
/** How the next call of a tool is answered; undefined as it should be. */
type Mood = "forgets" | "refuses-session" | "stream-ends" | "breaks" | "hangs" | "http-500" | "no-list" | undefined;

/** An MCP server over HTTP that knows its sessions, as most do, and can be restarted on its port. */
export class SessionServer {
  mood: Mood;
  /** The methods that were asked for, and the calls that ran. */
  readonly asked: string[] = [];
  calls = 0;
  /** Whether it leaves methods that it does not know without an answer. */
  isSilent = false;
  #sessions = new Set<string>();
  #server: Bun.Server<undefined> | undefined;
  #port = 0;

  start(): this {
    this.#server = Bun.serve({ hostname: "127.0.0.1", port: this.#port, idleTimeout: 0, development: false, fetch: (request) => this.#answer(request) });
    this.#port = this.#server.port!;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/mcp`;
  }

  /** Ends it, and all that it knew with it. */
  async stop(): Promise<void> {
    this.#sessions.clear();
    await this.#server?.stop(true);
    this.#server = undefined;
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method === "DELETE") return new Response(null, { status: 200 });
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const message = (await request.json()) as Message;
    this.asked.push(message.method);
    if (message.method === "initialize") return this.#begun(message);
    const isKnown = this.#sessions.has(request.headers.get("mcp-session-id") ?? "");
    if (message.method !== "server/discover" && !isKnown) return Response.json(noSession(message), { status: 404 });
    if (message.id === undefined) return new Response(null, { status: 202 });
    return message.method === "tools/call" ? this.#called(message) : this.#answered(message);
  }

  #begun(message: Message): Response {
    const session = crypto.randomUUID();
    this.#sessions.add(session);
    return Response.json(mcpAnswer(message), { headers: { "mcp-session-id": session } });
  }

  #answered(message: Message): Response | Promise<Response> {
    const answer = mcpAnswer(message)!;
    return this.isSilent && "error" in answer ? new Promise(() => {}) : Response.json(answer);
  }

  #called(message: Message): Response | Promise<Response> {
    const { mood } = this;
    this.mood = undefined;
    if (mood === "forgets" || mood === "refuses-session") {
      this.#sessions.clear();
      return Response.json(noSession(message), { status: mood === "forgets" ? 404 : 400 });
    }
    if (mood === "http-500") return new Response("broken", { status: 500 });
    this.calls += 1;
    if (mood === "no-list") return Response.json({ jsonrpc: "2.0", id: message.id, result: { content: "no list" } });
    if (mood === "hangs") return new Promise(() => {});
    if (mood === "stream-ends") return new Response(": begun\n\n", { headers: { "content-type": "text/event-stream" } });
    if (mood === "breaks") {
      const body = new ReadableStream({ pull: (controller) => Bun.sleep(20).then(() => controller.error(new Error("reset on purpose"))) });
      return new Response(body, { headers: { "content-type": "application/json" } });
    }
    return this.#answered(message);
  }
}

function noSession({ id }: Message): object {
  return { jsonrpc: "2.0", id: id ?? null, error: { code: -32001, message: "Session not found" } };
}
