import type { MiddlewareHandler } from "hono";
import type { Authenticator } from "../../auth/authenticator.ts";
import type { RequestContext } from "../../server/context.ts";
import type { RequestContexts } from "../contexts.ts";
import type { AppEnv } from "../env.ts";

export function authentication<C extends RequestContext>(
  authenticate: Authenticator,
  contexts: RequestContexts<C>,
): MiddlewareHandler<AppEnv> {
  return async function authentication(c, next) {
    const request = c.req.raw;
    const principal = await authenticate(request, () => c.env?.requestIP?.(request)?.address);
    contexts.admit(request, { principal, requestId: c.get("requestId") });
    await next();
  };
}
