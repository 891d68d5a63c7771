import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

// A proxy's id is taken over so that logs can be joined; what does not look like one could forge log lines (CWE-117).
const SANE = /^[\w.-]{1,128}$/;

export function requestId(): MiddlewareHandler<AppEnv> {
  return async function requestId(c, next) {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && SANE.test(given) ? given : `req_${crypto.randomUUID().replaceAll("-", "")}`;
    c.set("requestId", id);
    await next();
    if (!c.get("operation")) c.res.headers.set("x-request-id", id);
  };
}
