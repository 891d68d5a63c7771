import type { RequestContext } from "../server/context.ts";
import { StreamingResult } from "../server/result.ts";
import { SSE_HEADERS, SseBody } from "./sse.ts";

// Bun cuts a connection that is quiet for 10 s, unless the caller says otherwise by `server.timeout(request, 0)`.
const HEARTBEAT_MS = 5000;

/**
 * The answer of a streaming operation as a response, for servers of your own: opened at once, kept open by heartbeats,
 * pulled by the reader, never broken off. Takes any frames of that form, also those of a stream of your own, each with its blank line.
 * `context.signal` has to abort when the client goes away, as a request's own does.
 */
export function sseResponse(frames: AsyncIterable<string>, context: RequestContext, options: { heartbeatMs?: number } = {}): Response {
  const body = new SseBody(frames instanceof StreamingResult ? frames.chunks() : frames, {
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    signal: context.signal,
    onGone: () => {},
    // A StreamingResult never throws. What another source throws is the caller's to hear of, beside the error event.
    onFailure: (thrown) => context.waitUntil(Promise.reject(thrown as Error)),
    onEnd: () => {},
  });
  // Bun's Response takes any async iterable; the types, written for browsers, do not know.
  return new Response(body as unknown as ReadableStream, { headers: SSE_HEADERS });
}
