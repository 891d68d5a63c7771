import type { Logger } from "../server/context.ts";

/**
 * One floating rejection in somebody's tool would otherwise end the process, and every other stream with it. The agents SDK
 * and the PostgreSQL driver have both been seen to throw where nobody can catch.
 */
export function surviveStrayErrors(logger: Logger): void {
  process.on("uncaughtException", (err) => logger.error({ err }, "an error nobody caught"));
  process.on("unhandledRejection", (err) => logger.error({ err }, "a rejection nobody handled"));
}
