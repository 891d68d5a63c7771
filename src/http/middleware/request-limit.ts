import { clientNetwork } from "../../auth/ip-address.ts";
import { ChatKitError } from "../../errors.ts";
import type { Audit } from "../../server/audit.ts";
import { noteLimit } from "../../server/limits/answer-places.ts";
import type { Limits } from "../../server/limits/limits.ts";
import type { AppContext } from "../env.ts";
import type { Check } from "./checks.ts";

/**
 * Counts a request of a user. One beyond the limit is only noted here: a streaming operation is refused by an event in its stream, since
 * to a client a 4xx status is the end of the conversation.
 */
export function countRequest(c: AppContext, asker: Parameters<typeof noteLimit>[2], limits: Limits, audit: Audit): void {
  try {
    limits.request(asker.userId);
  } catch (thrown) {
    if (!(thrown instanceof ChatKitError)) throw thrown;
    c.set("overLimit", thrown);
    noteLimit(audit, thrown, asker);
  }
}

/**
 * Notes and counts a request that could not be authenticated. Users who can be are served all the same: many may share an address, such as
 * that of a proxy. @throws ChatKitError rate_limited
 */
export function noteRefusal(c: AppContext, reason: string, limits: Limits, audit: Audit): void {
  const { address } = c.get("client");
  const fields = { request_id: c.get("requestId"), client_ip: address };
  audit({ event: "identity_refused", reason, ...fields });
  if (address === undefined) return;
  try {
    limits.refusal(clientNetwork(address));
  } catch (thrown) {
    audit({ event: "limit_hit", reason: "refusals_per_minute", ...fields });
    throw thrown;
  }
}

/** Refuses requests beyond the limit, on all routes that come after `/chatkit`. */
export function refuseOverLimit(): Check {
  return function refuseOverLimit(c) {
    const overLimit = c.get("overLimit");
    if (overLimit) throw overLimit;
  };
}
