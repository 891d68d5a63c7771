import { ChatKitError } from "../errors.ts";
import { IN_PROCESS, type Authenticator } from "./authenticator.ts";
import { TrustedProxies } from "./trusted-proxies.ts";
import { isHeaderName, userFromHeader } from "./user-header.ts";

export type TrustedHeaderOptions = {
  /** @default "X-User-ID" */
  header?: string;
  /** Addresses, networks such as `10.0.0.0/8`, `loopback` or `any`. @default ["loopback"] */
  proxies?: readonly string[];
};

/**
 * Takes the user from a header, if the request comes from one of the proxies: anybody else could write any name there (CWE-290).
 * Requests without a connection are accepted only when `createApp` was told `inProcess`.
 * @throws ChatKitError config_invalid for a name that no header can have, or an entry of `proxies` that is not an address or network
 */
export function trustedHeader({ header = "X-User-ID", proxies = ["loopback"] }: TrustedHeaderOptions = {}): Authenticator {
  if (!isHeaderName(header)) throw new ChatKitError("config_invalid", { message: `${JSON.stringify(header)} cannot be the name of a header` });
  const trusted = new TrustedProxies(proxies);
  return (request, peerOf) => {
    const peer = peerOf();
    if (peer !== IN_PROCESS && !trusted.includes(peer)) {
      throw new ChatKitError("unauthenticated", { message: "This address may not say who is asking.", reason: peer === undefined ? "unknown_peer" : "untrusted_peer" });
    }
    const userId = userFromHeader(request.headers, header);
    if (userId === undefined) throw new ChatKitError("unauthenticated", { message: `${header} is missing.`, reason: "no_user" });
    return { userId };
  };
}
