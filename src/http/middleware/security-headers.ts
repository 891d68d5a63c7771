import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

// Answers are data: nothing may run, frame or cache them. A route that serves a page says otherwise by setting its own.
const DEFAULTS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return async function securityHeaders(c, next) {
    await next();
    for (const [name, value] of Object.entries(DEFAULTS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}
