import type { MiddlewareHandler } from "hono";
import { ChatKitError, type ErrorCode } from "../../errors.ts";
import type { AppEnv } from "../env.ts";

/** Takes no work while that holds. */
export function refuseWhile(holds: () => boolean, code: ErrorCode): MiddlewareHandler<AppEnv> {
  return async function refuseWhile(_, next) {
    if (holds()) throw new ChatKitError(code);
    await next();
  };
}
