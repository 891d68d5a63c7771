import type { RequestContext } from "../server/context.ts";
import { StreamingResult } from "../server/result.ts";
import { SSE_HEADERS, SseBody } from "./sse.ts";

// Bun closes a connection that is quiet for 10 s, unless `server.timeout(request, 0)` was called.
const HEARTBEAT_MS = 5000;

/**
 * The result of a streaming operation as a response, for HTTP servers of your own. It starts at once, is kept open by heartbeats, reads
 * frames as fast as the client does, and ends with an error event when the source throws. Any SSE frames will do, each with its blank
 * line. `context.signal` must abort when the client goes away, as the signal of a request does.
 */
export function sseResponse(frames: AsyncIterable<string>, context: RequestContext, options: { heartbeatMs?: number } = {}): Response {
  const body = new SseBody(frames instanceof StreamingResult ? frames.chunks() : frames, {
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    signal: context.signal,
    onGone: () => {},
    // A StreamingResult never throws. What another source throws is reported to the caller, while the client gets an error event.
    onFailure: (thrown) => context.waitUntil(Promise.reject(thrown as Error)),
    onEnd: () => {},
  });
  // Bun's Response accepts any async iterable, though its types, which are those of browsers, do not say so.
  return new Response(body as unknown as ReadableStream, { headers: SSE_HEADERS });
}
