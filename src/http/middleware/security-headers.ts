import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

// Answers are data: nothing may run, frame or cache them. A route that serves a page says otherwise by setting its own.
export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

const ENTRIES = Object.entries(SECURITY_HEADERS);

/** For all answers but those of the protocol's own route, which are made with them: one by one they take 10 µs. */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return async function securityHeaders(c, next) {
    await next();
    if (c.get("operation")) return;
    for (const [name, value] of ENTRIES) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}
