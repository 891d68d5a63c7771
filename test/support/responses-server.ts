import { chatChunks, chatCompletion } from "./chat-completions.ts";
import { isEnding, scripted, type Ending, type ModelRequestBody, type OutputSpec } from "./model-script.ts";
import { Ids, outputEvents, type ApiEvent, type IdPolicy } from "./responses-events.ts";

export type SeenRequest = { path: string; headers: Headers; body: ModelRequestBody };

/**
 * A model server on loopback that speaks the Responses API and chat completions, and says what the user's text tells it to
 * (see model-script.ts). It remembers what it was asked.
 */
/** Further routes: the function for a path answers its body. */
type MoreRoutes = (path: string) => ((body: ModelRequestBody) => object) | undefined;

export class ResponsesServer {
  readonly requests: SeenRequest[] = [];
  /** Requests whose client left before the answer was whole. */
  aborted = 0;
  readonly #server: Bun.Server<undefined>;
  readonly #ids: IdPolicy;
  readonly #more: MoreRoutes | undefined;

  constructor(options: { ids?: IdPolicy; port?: number; more?: MoreRoutes } = {}) {
    this.#more = options.more;
    this.#ids = options.ids ?? "fresh";
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: options.port ?? 0,
      idleTimeout: 0,
      development: false,
      fetch: (request) => this.#answer(request),
    });
  }

  /** What a client takes as its base URL. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/v1`;
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/models") return Response.json(MODELS);
    const more = this.#more?.(pathname);
    if (more) {
      const body = (await request.json()) as ModelRequestBody;
      this.requests.push({ path: pathname, headers: request.headers, body });
      return Response.json(more(body));
    }
    if (pathname !== "/v1/responses" && pathname !== "/v1/chat/completions") return apiError({ status: 404, message: `no ${pathname}` });
    const body = (await request.json()) as ModelRequestBody;
    this.requests.push({ path: pathname, headers: request.headers, body });
    const { specs, delayMs } = scripted(body);
    const refused = specs.find((spec) => "http_error" in spec);
    if (refused) return apiError((refused as Extract<Ending, { http_error: unknown }>).http_error);
    const isChat = pathname.endsWith("/completions");
    if (!body.stream) return Response.json(isChat ? chatCompletion(specs) : responseOf(specs, new Ids(this.#ids)));
    request.signal.addEventListener("abort", () => this.aborted++);
    const frames = isChat ? chatFrames(specs) : responseFrames(specs, new Ids(this.#ids));
    return new Response(paced(frames, delayMs, request.signal), { headers: { "content-type": "text/event-stream" } });
  }
}

const MODELS = { object: "list", data: [{ id: "fake", object: "model", created: 0, owned_by: "fake" }] };

type Frame = { frame: string; isDelta?: boolean } | { pauseMs: number } | { lost: true } | { silent: true };

const encoder = new TextEncoder();

/** The body: all that is ready goes out together, as from a fast server, unless a pause or a pace lies between. */
function paced(frames: Iterable<Frame>, delayMs: number, signal: AbortSignal): ReadableStream<Uint8Array> {
  const source = frames[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      let ready = "";
      const flush = () => ready && controller.enqueue(encoder.encode(ready));
      for (let next = source.next(); !next.done; next = source.next()) {
        const step = next.value;
        if ("frame" in step) ready += step.frame;
        if ("lost" in step) {
          flush();
          await Bun.sleep(30);
          return controller.error(new Error("scripted loss of the connection"));
        }
        const isWaiting = "pauseMs" in step || "silent" in step || ("frame" in step && step.isDelta && delayMs > 0);
        if (!isWaiting) continue;
        flush();
        if (!("silent" in step)) return Bun.sleep("pauseMs" in step ? step.pauseMs : delayMs);
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      }
      flush();
      controller.close();
    },
  });
}

function baseResponse() {
  const created_at = Math.floor(Date.now() / 1000);
  return { id: new Ids("fresh").of("resp"), object: "response", created_at, model: "fake", error: null, tools: [] };
}

const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 15,
};

function* responseFrames(specs: OutputSpec[], ids: Ids): Generator<Frame> {
  const base = baseResponse();
  const output: object[] = [];
  let sequence = 0;
  const frame = (event: ApiEvent): Frame => ({
    frame: `event: ${event.type}\ndata: ${JSON.stringify({ sequence_number: sequence++, ...event })}\n\n`,
    isDelta: event.type.endsWith(".delta"),
  });
  yield frame({ type: "response.created", response: { ...base, status: "in_progress", output: [] } });
  for (const step of outputEvents(specs, ids, output)) {
    if ("pauseMs" in step) yield { pauseMs: step.pauseMs as number };
    else if ("ending" in step) return yield* endingFrames(step.ending as Ending, { ...base, output }, frame);
    else yield frame(step);
  }
  yield frame({ type: "response.completed", response: { ...base, status: "completed", output, usage: USAGE } });
}

function* endingFrames(ending: Ending, response: object, frame: (event: ApiEvent) => Frame): Generator<Frame> {
  if ("abort" in ending) yield { lost: true };
  if ("hang" in ending) yield { silent: true };
  if ("error_event" in ending) {
    yield frame({ type: "error", code: "server_error", message: "scripted error", param: null, ...ending.error_event });
  }
  if ("failed" in ending) {
    const error = { code: "server_error", message: "scripted failure", ...ending.failed };
    yield frame({ type: "response.failed", response: { ...response, status: "failed", error } });
  }
  if ("incomplete" in ending) {
    const incomplete_details = { reason: ending.incomplete };
    yield frame({ type: "response.incomplete", response: { ...response, status: "incomplete", incomplete_details, usage: USAGE } });
  }
}

function responseOf(specs: OutputSpec[], ids: Ids): object {
  const output: object[] = [];
  for (const _ of outputEvents(specs, ids, output));
  return { ...baseResponse(), status: "completed", output, usage: USAGE };
}

function* chatFrames(specs: OutputSpec[]): Generator<Frame> {
  for (const spec of specs) if ("sleep" in spec) yield { pauseMs: spec.sleep };
  for (const chunk of chatChunks(specs)) yield { frame: `data: ${JSON.stringify(chunk)}\n\n`, isDelta: true };
  const ending = specs.find(isEnding);
  if (ending && "abort" in ending) yield { lost: true };
  if (ending && "hang" in ending) yield { silent: true };
  yield { frame: "data: [DONE]\n\n" };
}

function apiError(error: { status: number; message?: string; code?: string }): Response {
  const { status, message = "scripted error", code = null } = error;
  return Response.json({ error: { message, type: "server_error", param: null, code } }, { status });
}
