/** Routes: the handlers of the paths that the server itself has. They never ask who it is: the middleware before them has. */
import { ChatKitError } from "../../errors.ts";
import { operationIn, type BodyLimits } from "../../protocol/body-limits.ts";
import { STREAMING_TYPES } from "../../protocol/requests.ts";
import type { ChatKitServer } from "../../server/chatkit-server.ts";
import type { Logger, RequestContext } from "../../server/context.ts";
import { oneFrame, refusedFrame } from "../../server/in-its-place.ts";
import type { Limits } from "../../server/limits.ts";
import { StreamingResult } from "../../server/result.ts";
import type { RequestContexts } from "../contexts.ts";
import type { AppContext } from "../env.ts";
import { SECURITY_HEADERS } from "../middleware/security-headers.ts";
import { readBody } from "../read-body.ts";
import { SSE_HEADERS, SseBody, type StreamEnd } from "../sse.ts";

type ChatKitRouteOptions<C extends RequestContext> = {
  contexts: RequestContexts<C>;
  logger: Logger;
  body: BodyLimits;
  limits: Limits;
  heartbeatMs: number;
  writeTimeoutMs: number;
};

// Bun closes a connection that is quiet for 10 s unless told otherwise; a heartbeat has to come before that.
const HEARTBEAT_WITHOUT_SERVER_MS = 5000;
/** What a plain operation, such as a transcription, may take: the longest that Bun's connection timer holds. */
const PLAIN_TIMEOUT_S = 255;
/** That timer ticks every 4 s; with less than two ticks it was seen to fire in spite of writes. */
const SHORTEST_TIMEOUT_S = 8;
const IDLE_TIMEOUT_S = 10;
const SOCKET_CHARS = 64 * 1024;

const JSON_HEADERS = { "content-type": "application/json", ...SECURITY_HEADERS };
const STREAM_HEADERS = { ...SECURITY_HEADERS, ...SSE_HEADERS };

/** `POST /chatkit`: the whole protocol. */
export function chatkitRoute<C extends RequestContext>(server: ChatKitServer<C>, options: ChatKitRouteOptions<C>) {
  const { contexts, limits } = options;
  return async function chatkit(c: AppContext): Promise<Response> {
    requireJson(c);
    const request = c.req.raw;
    const context = await contexts.of(request);
    const body = await readBody(request, options.body);
    c.env?.timeout?.(request, PLAIN_TIMEOUT_S);
    const overLimit = c.get("overLimit");
    const result = overLimit ? refusedAnswer(overLimit, body) : await server.process(body, context, { ...options.body, limits });
    c.set("operation", result.operation);
    if (result instanceof StreamingResult) return stream(c, result, context, options);
    // What a socket takes at once is out of our hands; of more than that a reader may take nothing.
    c.env?.timeout?.(request, result.json.length > SOCKET_CHARS ? connectionSeconds(options.writeTimeoutMs) : IDLE_TIMEOUT_S);
    return new Response(result.json, { headers: { ...JSON_HEADERS, "x-request-id": c.get("requestId") } });
  };
}

function stream<C extends RequestContext>(
  c: AppContext,
  result: StreamingResult,
  context: C,
  { contexts, logger, heartbeatMs, writeTimeoutMs }: ChatKitRouteOptions<C>,
): Response {
  const request = c.req.raw;
  const connection = c.env?.timeout ? c.env : undefined;
  // Every write starts this timer anew, so it only runs out on a reader that takes nothing; the request's signal then aborts.
  connection?.timeout?.(request, connectionSeconds(writeTimeoutMs));
  const ended = Promise.withResolvers<StreamEnd>();
  c.set("streamEnd", ended.promise);
  contexts.hold(ended.promise);
  const body = new SseBody(result.chunks(), {
    heartbeatMs: connection ? heartbeatMs : Math.min(heartbeatMs, HEARTBEAT_WITHOUT_SERVER_MS),
    signal: context.signal,
    onGone: () => contexts.leave(request),
    onFailure: (err) => logger.error({ err, op: result.operation, request_id: context.requestId }, "a stream broke off"),
    onEnd: ended.resolve,
  });
  // Bun's Response takes any async iterable; the types, written for browsers, do not know.
  return new Response(body as unknown as ReadableStream, { headers: { ...STREAM_HEADERS, "x-request-id": c.get("requestId") } });
}

const connectionSeconds = (ms: number) => Math.min(PLAIN_TIMEOUT_S, Math.max(SHORTEST_TIMEOUT_S, Math.ceil(ms / 1000)));

/**
 * Only a JSON content type: a browser asks before it sends one across origins, and does not for text or forms (CWE-352).
 * No content type at all is taken from what is no browser; browsers name the page's origin.
 */
function requireJson(c: AppContext): void {
  const type = c.req.header("content-type");
  if (type === undefined && c.req.header("origin") === undefined) return;
  if (/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type ?? "")) return;
  throw new ChatKitError("unsupported_media_type");
}

/** Who asks for an answer is told in the form of one; any other operation gets the error itself. */
function refusedAnswer(error: ChatKitError, body: Uint8Array): StreamingResult {
  const operation = operationIn(body);
  if (operation === undefined || !STREAMING_TYPES.has(operation)) throw error;
  return new StreamingResult(operation, oneFrame(refusedFrame(error)));
}
