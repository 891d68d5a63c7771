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
  #isDraining = false;
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
    // Once it drains new requests are refused, and there may be no end to them.
    if (!this.#isDraining) contexts.hold(response);
    return response;
  }

  replace(next: Composition): void {
    const last = this.#current;
    this.#current = next;
    this.#open.add(next);
    void this.#retire(last);
  }

  /**
   * Lets all requests end that are under way, those that have not begun to answer included. After `graceMs` running answers, and those
   * that begin after that, end with an error that the client retries.
   */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const until = performance.now() + graceMs;
    const open = [...this.#open];
    const answersEnd = () => Promise.all(open.map(({ agent }) => agent.server.drain(Math.max(0, until - performance.now()))));
    const timer = setTimeout(() => void answersEnd(), graceMs);
    await Promise.all(open.map(({ contexts }) => contexts.ended()));
    // Some go on although their readers have gone.
    await answersEnd();
    clearTimeout(timer);
  }

  /** Ends all streams that are still open with an error that the client retries, whatever they are waiting for. */
  cutShort(): void {
    for (const { contexts } of this.#open) contexts.cutShort();
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
