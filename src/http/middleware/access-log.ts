import type { MiddlewareHandler } from "hono";
import type { Logger } from "../../server/context.ts";
import type { AppEnv } from "../env.ts";

/** Logs one line for each request, for a stream when it has ended; never the content of a message, nor the user. */
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
        // Only for refused requests: the addresses of the others are private.
        client_ip: isRefused(c.res.status) ? c.get("client").address : undefined,
        ...more,
      };
      // Probes come every few seconds: at debug they do not fill the log.
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
