import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { AllowedOrigins } from "../allowed-origins.ts";
import type { AppEnv } from "../env.ts";
import type { RefusedOrigins } from "./cross-site.ts";

const PREFLIGHT_MAX_AGE_S = 600;

/**
 * CORS: lets pages of the listed origins call, with credentials. The headers that a preflight asks for are all allowed, since the
 * ChatKit client adds one of its own. With `*` there are no credentials, as browsers demand.
 */
export function crossOrigin(allowed: AllowedOrigins, refused: RefusedOrigins): MiddlewareHandler<AppEnv> {
  return cors({
    origin: allowed.any
      ? "*"
      : (origin, c) => {
          if (allowed.has(origin)) return origin;
          // Only preflights are logged: a page sends none to its own server. All other requests are judged by `crossSite`.
          if (c.req.method === "OPTIONS" && origin !== "") refused(origin);
          return null;
        },
    credentials: !allowed.any,
    exposeHeaders: ["x-request-id", "retry-after"],
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
}
