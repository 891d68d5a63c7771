import type { MiddlewareHandler } from "hono";
import { ChatKitError } from "../../errors.ts";
import type { AppEnv } from "../env.ts";

/** Takes no new work once the process is on its way out: another one answers the client's retry. */
export function refuseWhenDraining(isDraining: () => boolean): MiddlewareHandler<AppEnv> {
  return async function refuseWhenDraining(_, next) {
    if (isDraining()) throw new ChatKitError("shutting_down");
    await next();
  };
}
