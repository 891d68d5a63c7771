import type { MiddlewareHandler } from "hono";
import { ChatKitError } from "../../errors.ts";
import type { AppEnv } from "../env.ts";

/**
 * Hono takes only errors to its error handler: a string or null that somebody's code throws would go past it, and past every header,
 * id and log line, to the server's own bare 500.
 */
export function thrownValues(): MiddlewareHandler<AppEnv> {
  return async function thrownValues(_, next) {
    try {
      await next();
    } catch (thrown) {
      throw thrown instanceof Error ? thrown : new ChatKitError("internal", { cause: thrown ?? String(thrown) });
    }
  };
}
