import type { MiddlewareHandler } from "hono";
import type { Logger } from "../../server/context.ts";
import type { AppEnv } from "../env.ts";

/** One line for each request, a stream's when it has ended. Never a word of what was said, nor who said it. */
export function accessLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return async function accessLog(c, next) {
    const started = performance.now();
    const write = (more: object) => {
      const line = {
        op: c.get("operation"),
        method: c.req.method,
        path: c.req.path,
        status: c.res.status,
        code: c.get("errorCode"),
        reason: c.get("errorReason"),
        duration_ms: Math.round((performance.now() - started) * 10) / 10,
        request_id: c.get("requestId"),
        // Of those who are refused alone: where the others are is nobody's business.
        client_ip: isRefused(c.res.status) ? c.get("client").address : undefined,
        ...more,
      };
      // Probes come every few seconds for ever.
      const level = c.req.method === "GET" && c.res.ok ? "debug" : "info";
      logger[level](line, "request");
    };
    await next();
    const streamEnd = c.get("streamEnd");
    if (streamEnd) void streamEnd.then(write);
    else write({});
  };
}

const isRefused = (status: number) => status >= 400 && status < 500;
