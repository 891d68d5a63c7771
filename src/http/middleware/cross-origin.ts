import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { AllowedOrigins } from "../allowed-origins.ts";
import type { AppEnv } from "../env.ts";
import type { RefusedOrigins } from "./cross-site.ts";

const PREFLIGHT_MAX_AGE_S = 600;

/**
 * Lets the pages of the listed origins call, with credentials. Hono echoes the headers a preflight asks for: the ChatKit
 * client adds one of its own, and a list that lacks it fails every call. With `*` there are no credentials, as browsers insist.
 */
export function crossOrigin(allowed: AllowedOrigins, refused: RefusedOrigins): MiddlewareHandler<AppEnv> {
  return cors({
    origin: allowed.any
      ? "*"
      : (origin, c) => {
          if (allowed.has(origin)) return origin;
          // No page asks its own server for leave first. Other requests are judged where they would change something.
          if (c.req.method === "OPTIONS" && origin !== "") refused(origin);
          return null;
        },
    credentials: !allowed.any,
    exposeHeaders: ["x-request-id", "retry-after"],
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
}
