import type { MiddlewareHandler } from "hono";
import { thrownInWords } from "../../errors.ts";
import type { AppEnv } from "../env.ts";

/**
 * Hono passes only Error objects to its error handler. Without this, a string or null that a user's code throws would be answered by a
 * bare 500, without our headers, request id and log line.
 */
export function thrownValues(): MiddlewareHandler<AppEnv> {
  return async function thrownValues(_, next) {
    try {
      await next();
    } catch (thrown) {
      throw thrown instanceof Error ? thrown : new Error(`thrown: ${thrownInWords(thrown)}`);
    }
  };
}
