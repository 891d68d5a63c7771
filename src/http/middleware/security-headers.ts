import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

// Answers are data: no browser may run, frame or cache them. A route that serves a page sets headers of its own.
export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

const ENTRIES = Object.entries(SECURITY_HEADERS);

/** For all answers but those of `/chatkit`, which are created with these headers: to set them one by one takes 10 µs. */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return async function securityHeaders(c, next) {
    await next();
    if (c.get("isComplete")) return;
    for (const [name, value] of ENTRIES) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}
