import type { MiddlewareHandler } from "hono";
import type { Logger } from "../../server/context.ts";
import type { AppContext, AppEnv } from "../env.ts";
import type { StreamEnd } from "../sse.ts";

/** Logs one line for each request, for a stream when it has ended; never the content of a message. */
export function accessLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return async function accessLog(c, next) {
    const started = performance.now();
    const write = (end?: StreamEnd) => {
      // Probes come every few seconds, and a page has many parts: at debug they do not fill the log.
      const level = c.req.method === "GET" && c.res.ok ? "debug" : "info";
      const { operation, reason } = c.get("note");
      const code = codeOf(c, end);
      const line = {
        op: operation,
        method: c.req.method,
        path: c.req.path,
        status: c.res.status,
        outcome: end && (code === undefined ? end.outcome : "failed"),
        frames: end?.frames,
        code,
        reason,
        duration_ms: Math.round((performance.now() - started) * 10) / 10,
        ...requestFields(c, level === "debug"),
      };
      logger[level](line, "request");
    };
    await next();
    const streamEnd = c.get("streamEnd");
    if (streamEnd) void streamEnd.then(write);
    else write();
  };
}

/** The fields that name a request: the same in all lines about it. A probe's address is not looked up, which takes 2 µs. */
export function requestFields(c: AppContext, isProbe = false) {
  const { threadId, userId, answer } = c.get("note");
  return {
    thread_id: threadId ?? answer?.threadId,
    request_id: c.get("requestId"),
    user_id: userId,
    client_ip: isProbe ? undefined : c.get("client").address,
  };
}

/** The code of the error that the request ended with: its own, or that of the answer it has read. */
function codeOf(c: AppContext, end: StreamEnd | undefined): string | undefined {
  const { code, answer } = c.get("note");
  return code ?? end?.code ?? answer?.code;
}
