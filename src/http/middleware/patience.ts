import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

/** The longest time that Bun's connection timer takes. */
const LONGEST_S = 255;
const IDLE_S = 10;

/**
 * For routes that a user adds. Bun resets a connection that is quiet for ten seconds, but such a route may wait for a model before it
 * answers, or stream events that come rarely. When the answer is not a stream, the usual limit holds again after it.
 */
export function patience(): MiddlewareHandler<AppEnv> {
  return async function patience(c, next) {
    c.env?.timeout?.(c.req.raw, LONGEST_S);
    await next();
    const isStream = c.res.headers.get("content-type")?.startsWith("text/event-stream");
    if (!isStream) c.env?.timeout?.(c.req.raw, IDLE_S);
  };
}
