import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

/** The longest that Bun's connection timer holds. */
const LONGEST_S = 255;
const IDLE_S = 10;

/**
 * For routes that somebody adds. Bun resets a connection that is quiet for ten seconds, and such a route may well ask a model
 * before it answers, or stream events that come rarely. Any other answer puts the connection back under the usual limit.
 */
export function patience(): MiddlewareHandler<AppEnv> {
  return async function patience(c, next) {
    c.env?.timeout?.(c.req.raw, LONGEST_S);
    await next();
    const isStream = c.res.headers.get("content-type")?.startsWith("text/event-stream");
    if (!isStream) c.env?.timeout?.(c.req.raw, IDLE_S);
  };
}
