import type { MiddlewareHandler } from "hono";
import type { Authenticator } from "../../auth/authenticator.ts";
import { isUserId } from "../../auth/user-header.ts";
import { ChatKitError, toChatKitError } from "../../errors.ts";
import type { Audit } from "../../server/audit.ts";
import type { RequestContext } from "../../server/context.ts";
import type { Limits } from "../../server/limits/limits.ts";
import type { RequestContexts } from "../contexts.ts";
import type { AppEnv } from "../env.ts";
import { countRequest, noteRefusal } from "./request-limit.ts";

export function authentication<C extends RequestContext>(
  authenticate: Authenticator,
  contexts: RequestContexts<C>,
  limits: Limits,
  audit: Audit,
): MiddlewareHandler<AppEnv> {
  return async function authentication(c, next) {
    const request = c.req.raw;
    const requestId = c.get("requestId");
    const client = c.get("client");
    try {
      const principal = await authenticate(request, () => client.peer);
      // A custom authenticator may return no user instead of throwing: such requests would share the rows of "undefined" (CWE-287).
      if (!isUserId(principal?.userId)) throw new ChatKitError("unauthenticated", { reason: "no_user" });
      const { userId } = principal;
      c.get("note").userId = userId;
      // Looked up now: after the client has hung up there is no address any more.
      const { address } = client;
      const asker = address === undefined ? { userId, requestId } : { userId, requestId, clientIp: address };
      contexts.admit(request, asker);
      countRequest(c, asker, limits, audit);
    } catch (thrown) {
      const { code, reason = code, status } = toChatKitError(thrown);
      if (status !== 401 && status !== 403) throw thrown;
      noteRefusal(c, reason, limits, audit);
      throw thrown;
    }
    await next();
  };
}
