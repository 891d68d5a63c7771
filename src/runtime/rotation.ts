import type { LoadedAgent } from "../agents/loading/load-agent-server.ts";
import type { Connection } from "../http/client.ts";
import type { Logger } from "../server/context.ts";
import type { Composition } from "./compose.ts";

/**
 * The app that answers new requests, and older ones from before the agent was loaded again. A request stays with the app it began
 * with, and an older app is closed once its last stream has ended.
 */
export class Rotation {
  #current: Composition;
  readonly #open = new Set<Composition>();

  constructor(
    first: Composition,
    private readonly logger: Logger,
  ) {
    this.#current = first;
    this.#open.add(first);
  }

  /** The agent that answers new requests. */
  get agent(): LoadedAgent {
    return this.#current.agent;
  }

  fetch(request: Request, connection: Connection): Promise<Response> {
    const { app, contexts } = this.#current;
    const response = Promise.resolve(app.fetch(request, connection));
    contexts.hold(response);
    return response;
  }

  replace(next: Composition): void {
    const last = this.#current;
    this.#current = next;
    this.#open.add(next);
    void this.#retire(last);
  }

  /** Lets all running answers end, at most `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    await Promise.all([...this.#open].map(({ agent }) => agent.server.drain(graceMs)));
  }

  /** Resolves when all requests have ended, and the work given to `waitUntil`. */
  async settled(): Promise<void> {
    await Promise.all([...this.#open].map(({ contexts }) => contexts.settled()));
  }

  /** Closes the agents, whose MCP servers may be child processes. */
  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map(({ agent }) => agent.close()));
  }

  async #retire(last: Composition): Promise<void> {
    await last.contexts.settled();
    // If it is not in the set any more, `close` has closed it already.
    if (!this.#open.delete(last)) return;
    try {
      await last.agent.close();
    } catch (err) {
      this.logger.warn({ err }, "an agent that was replaced could not be closed");
    }
  }
}
