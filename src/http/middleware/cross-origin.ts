import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { AppEnv } from "../env.ts";

const PREFLIGHT_MAX_AGE_S = 600;

/**
 * Lets the pages of the listed origins call, with credentials. Hono echoes the headers a preflight asks for: the ChatKit
 * client adds one of its own, and a list that lacks it fails every call. With `*` there are no credentials, as browsers insist.
 */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler<AppEnv> {
  const any = origins.includes("*");
  return cors({
    origin: any ? "*" : [...origins],
    credentials: !any,
    exposeHeaders: ["x-request-id", "retry-after"],
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
}
