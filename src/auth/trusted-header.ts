import { ChatKitError } from "../errors.ts";
import { IN_PROCESS, type Authenticator } from "./authenticator.ts";
import { TrustedProxies } from "./trusted-proxies.ts";
import { userFromHeader } from "./user-header.ts";

export type TrustedHeaderOptions = {
  /** @default "X-User-ID" */
  header?: string;
  /** Addresses, networks such as `10.0.0.0/8`, `loopback` or `any`. @default ["loopback"] */
  proxies?: readonly string[];
};

/**
 * Believes the header that a proxy in front sets, and nobody else who sets it (CWE-290). Requests that come without a connection are
 * believed only where `createApp` was told `inProcess`.
 * @throws ChatKitError config_invalid for a proxy that is no address
 */
export function trustedHeader({ header = "X-User-ID", proxies = ["loopback"] }: TrustedHeaderOptions = {}): Authenticator {
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
