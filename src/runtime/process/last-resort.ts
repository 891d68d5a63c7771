import type { Logger } from "../../server/context.ts";

/**
 * Otherwise one promise of a tool that nobody awaits, and that rejects, would end the process and all streams with it. The agents SDK
 * and the PostgreSQL driver, too, have been seen to throw where no caller can catch it.
 */
export function surviveStrayErrors(logger: Logger): void {
  process.on("uncaughtException", (err) => logger.error({ err }, "an error nobody caught"));
  process.on("unhandledRejection", (err) => logger.error({ err }, "a rejection nobody handled"));
}
