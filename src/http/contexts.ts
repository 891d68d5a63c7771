import { askedBy, type Logger, type RequestContext } from "../server/context.ts";

type Identified = Pick<RequestContext, "userId" | "requestId" | "clientIp">;
type Entry<C> = { request: Request; asker: Identified; gone?: AbortController; context?: Promise<C> };
type OpenStream = { cutShort(): void };
type Enrich<C> = (request: Request, base: RequestContext) => C | Promise<C>;

/**
 * Makes the context of each authenticated request, once, when it is first needed. Pass an instance to `createApp` to use the contexts
 * in routes of your own, or to add fields to them.
 *
 * @example
 * const contexts = new RequestContexts(console, (request, base) => ({ ...base, plan: request.headers.get("x-plan") ?? "free" }));
 * const ports = { store, logger: console, publicUrl, requestContext: (request) => contexts.of(request), server: () => server };
 * const server = new Chat(ports);
 * const app = createApp(server, { contexts, authenticate: trustedHeader({ proxies: ["10.0.0.0/8"] }) });
 */
export class RequestContexts<C extends RequestContext = RequestContext> {
  readonly #entries = new WeakMap<Request, Entry<C>>();
  readonly #requests = new Set<Promise<unknown>>();
  readonly #streams = new Set<OpenStream>();
  readonly #work = new Set<Promise<unknown>>();

  /** @param enrich adds fields to the base context, as the `context` export of an agent module does */
  constructor(
    private readonly logger: Logger,
    private readonly enrich?: Enrich<C>,
  ) {}

  /** Notes the user of a request; called by the middleware that authenticates. */
  admit(request: Request, asker: Identified): void {
    this.#entries.set(request, { request, asker });
  }

  /** Gives `twin`, the same request with another body, the same context. */
  alias(request: Request, twin: Request): void {
    const entry = this.#entries.get(request);
    if (entry) this.#entries.set(twin, entry);
  }

  /** The context of a request. @throws whatever the module's `context` throws */
  of(request: Request): Promise<C> {
    const entry = this.#entry(request);
    return (entry.context ??= this.#make(entry));
  }

  /** Aborts the signal of the request's context, because nobody reads the answer any more. */
  leave(request: Request): void {
    goneOf(this.#entry(request)).abort();
  }

  /** Makes `ended` and `settled` wait for a request that is under way. */
  hold(request: Promise<unknown>): void {
    keepUntilSettled(this.#requests, request);
  }

  /** The same for a stream, until it has ended. */
  holdStream(stream: OpenStream, ended: Promise<unknown>): void {
    this.#streams.add(stream);
    this.hold(ended.finally(() => this.#streams.delete(stream)));
  }

  /** Ends all streams that are open with an error that clients retry. */
  cutShort(): void {
    for (const stream of this.#streams) stream.cutShort();
  }

  /** Resolves when no request and no stream is under way any more. */
  async ended(): Promise<void> {
    while (this.#requests.size > 0) await Promise.all(this.#requests);
  }

  /** Resolves when nothing is under way any more: neither a request that is held nor work given to `waitUntil`. */
  async settled(): Promise<void> {
    while (this.#requests.size + this.#work.size > 0) await Promise.all([...this.#requests, ...this.#work]);
  }

  #entry(request: Request): Entry<C> {
    const entry = this.#entries.get(request);
    if (!entry) throw new Error("a request that did not come through the app, or to a public route, has no context: pass Hono's c.req.raw");
    return entry;
  }

  async #make(entry: Entry<C>): Promise<C> {
    const { request, asker } = entry;
    const sessionId = request.headers.get("x-session-id");
    const locale = firstLocale(request.headers.get("accept-language"));
    const base: RequestContext = {
      userId: asker.userId,
      requestId: asker.requestId,
      headers: request.headers,
      get signal() {
        return goneOf(entry).signal;
      },
      waitUntil: (work) => this.#waitUntil(work, base),
    };
    if (asker.clientIp !== undefined) base.clientIp = asker.clientIp;
    if (sessionId) base.sessionId = sessionId;
    if (locale) base.locale = locale;
    // Without `enrich` C is RequestContext itself.
    return this.enrich ? this.enrich(request, base) : (base as C);
  }

  #waitUntil(work: Promise<unknown>, context: RequestContext): void {
    const told = work.catch((thrown: unknown) => this.logger.error({ ...askedBy(context), err: thrown }, "work beside the stream failed"));
    keepUntilSettled(this.#work, told);
  }
}

/**
 * Aborts when the client has gone. Made on first use, since it takes 4 µs and only streams need it: the signal of a request tells also
 * later that the client went before.
 */
function goneOf(entry: { request: Request; gone?: AbortController }): AbortController {
  if (entry.gone) return entry.gone;
  const gone = (entry.gone = new AbortController());
  const { signal } = entry.request;
  if (signal.aborted) gone.abort();
  else signal.addEventListener("abort", () => gone.abort(), { once: true });
  return gone;
}

function keepUntilSettled(promises: Set<Promise<unknown>>, promise: Promise<unknown>): void {
  const kept: Promise<unknown> = promise.then(
    () => promises.delete(kept),
    () => promises.delete(kept),
  );
  promises.add(kept);
}

/** The first language of an Accept-Language header; the ChatKit client sends just one. */
function firstLocale(header: string | null): string | undefined {
  const tag = header?.split(",", 1)[0]?.split(";", 1)[0]?.trim();
  return tag && tag !== "*" ? tag : undefined;
}
