/** Routes: the handlers of the server's own paths. They never check who asks: the middleware before them does. */
import { ChatKitError } from "../../errors.ts";
import { operationIn, type BodyLimits } from "../../protocol/body-limits.ts";
import { STREAMING_TYPES } from "../../protocol/requests.ts";
import type { ChatKitServer } from "../../server/chatkit-server.ts";
import type { Logger, RequestContext } from "../../server/context.ts";
import { oneFrame, refusedFrame } from "../../server/limits/answer-places.ts";
import type { Limits } from "../../server/limits/limits.ts";
import { StreamingResult } from "../../server/result.ts";
import type { RequestContexts } from "../contexts.ts";
import type { AppContext } from "../env.ts";
import { requestFields } from "../middleware/access-log.ts";
import { SECURITY_HEADERS } from "../middleware/security-headers.ts";
import { freeBody, readBody } from "../read-body.ts";
import { SSE_HEADERS, SseBody, type StreamEnd } from "../sse.ts";

type ChatKitRouteOptions<C extends RequestContext> = {
  contexts: RequestContexts<C>;
  logger: Logger;
  body: BodyLimits;
  limits: Limits;
  heartbeatMs: number;
  writeTimeoutMs: number;
};

// Bun closes a connection that is quiet for 10 s by default: a heartbeat has to come before that.
const HEARTBEAT_WITHOUT_SERVER_MS = 5000;
/** How long an operation without a stream, such as a transcription, may take: the longest time that Bun's connection timer takes. */
const PLAIN_TIMEOUT_S = 255;
/** That timer ticks every 4 s. With less than two ticks it has been seen to fire although there were writes. */
const SHORTEST_TIMEOUT_S = 8;
const IDLE_TIMEOUT_S = 10;
const SOCKET_CHARS = 64 * 1024;

// To copy headers takes half as long as to make them of an object.
const JSON_HEADERS = new Headers({ "content-type": "application/json", ...SECURITY_HEADERS });
const STREAM_HEADERS = new Headers({ ...SECURITY_HEADERS, ...SSE_HEADERS });

/** `POST /chatkit`: the whole protocol. */
export function chatkitRoute<C extends RequestContext>(server: ChatKitServer<C>, options: ChatKitRouteOptions<C>) {
  const { contexts, limits } = options;
  const answer = async (c: AppContext, body: Uint8Array, context: C) => {
    const overLimit = c.get("overLimit");
    const note = c.get("note");
    const onBodyRead = () => freeBody(body);
    try {
      if (!overLimit) return await server.process(body, context, { ...options.body, limits, note, onBodyRead });
      const result = await refusedAnswer(overLimit, body);
      Object.assign(note, { operation: result.operation, code: overLimit.code, reason: overLimit.reason });
      return result;
    } finally {
      onBodyRead();
    }
  };
  return async function chatkit(c: AppContext): Promise<Response> {
    requireJson(c);
    const request = c.req.raw;
    const context = await contexts.of(request);
    const body = await readBody(request, options.body);
    c.env?.timeout?.(request, PLAIN_TIMEOUT_S);
    const result = await answer(c, body, context);
    c.set("isComplete", true);
    if (result instanceof StreamingResult) return stream(c, result, context, options);
    // A small answer fits into the socket's buffer. A larger one waits for the client, which may read nothing.
    c.env?.timeout?.(request, result.json.length > SOCKET_CHARS ? connectionSeconds(options.writeTimeoutMs) : IDLE_TIMEOUT_S);
    return new Response(result.json, { headers: withId(JSON_HEADERS, c) });
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
  // Each write restarts this timer, so it only ends for a client that reads nothing; then the request's signal aborts.
  connection?.timeout?.(request, connectionSeconds(writeTimeoutMs));
  const ended = Promise.withResolvers<StreamEnd>();
  c.set("streamEnd", ended.promise);
  const body = new SseBody(result.chunks(), {
    heartbeatMs: connection ? heartbeatMs : Math.min(heartbeatMs, HEARTBEAT_WITHOUT_SERVER_MS),
    signal: context.signal,
    onGone: () => contexts.leave(request),
    onFailure: (err) => logger.error({ op: result.operation, ...requestFields(c), err }, "a stream broke off"),
    onEnd: ended.resolve,
  });
  contexts.holdStream(body, ended.promise);
  // Bun's Response accepts any async iterable, though its types, which are those of browsers, do not say so.
  return new Response(body as unknown as ReadableStream, { headers: withId(STREAM_HEADERS, c) });
}

function withId(fixed: Headers, c: AppContext): Headers {
  const headers = new Headers(fixed);
  headers.set("x-request-id", c.get("requestId"));
  return headers;
}

const connectionSeconds = (ms: number) => Math.min(PLAIN_TIMEOUT_S, Math.max(SHORTEST_TIMEOUT_S, Math.ceil(ms / 1000)));

/**
 * Demands a JSON content type: before a browser sends one to another origin it asks for permission, while it sends text and forms without
 * asking (CWE-352). A missing content type is accepted from clients that are not browsers: browsers send an `Origin`.
 */
function requireJson(c: AppContext): void {
  const type = c.req.header("content-type");
  if (type === undefined && c.req.header("origin") === undefined) return;
  if (/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type ?? "")) return;
  throw new ChatKitError("unsupported_media_type");
}

/** The refusal of a streaming operation as a stream with an error event. For any other operation the error itself is thrown. */
function refusedAnswer(error: ChatKitError, body: Uint8Array): StreamingResult {
  const operation = operationIn(body);
  if (operation === undefined || !STREAMING_TYPES.has(operation)) throw error;
  return new StreamingResult(operation, oneFrame(refusedFrame(error)));
}
