import { BlockList, isIP } from "node:net";
import { ChatKitError } from "../errors.ts";
import type { Authenticator } from "./authenticator.ts";
import { userFromHeader } from "./user-header.ts";

export type TrustedHeaderOptions = {
  /** @default "X-User-ID" */
  header?: string;
  /** Addresses, networks such as `10.0.0.0/8`, `loopback` or `any`. @default ["loopback"] */
  proxies?: readonly string[];
};

/**
 * Believes the header that a proxy in front sets, and nobody else who sets it (CWE-290).
 * @throws ChatKitError config_invalid for a proxy that is no address
 */
export function trustedHeader({ header = "X-User-ID", proxies = ["loopback"] }: TrustedHeaderOptions = {}): Authenticator {
  const listed = peerList(proxies);
  return (request, peerOf) => {
    const peer = peerOf();
    if (peer !== undefined && !listed(peer)) {
      throw new ChatKitError("unauthenticated", { message: "This address may not say who is asking." });
    }
    const userId = userFromHeader(request.headers, header);
    if (userId === undefined) throw new ChatKitError("unauthenticated", { message: `${header} is missing.` });
    return { userId };
  };
}

function peerList(proxies: readonly string[]): (peer: string) => boolean {
  if (proxies.includes("any")) return () => true;
  const list = new BlockList();
  for (const entry of proxies) {
    if (entry === "loopback") {
      list.addSubnet("127.0.0.0", 8, "ipv4");
      list.addAddress("::1", "ipv6");
    } else add(list, entry);
  }
  return (peer) => {
    // A dual-stack socket shows IPv4 peers as ::ffff:10.0.0.1.
    const address = peer.replace(/^::ffff:(?=\d+\.)/i, "");
    return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  };
}

function add(list: BlockList, entry: string): void {
  const [address = "", prefix] = entry.split("/");
  const version = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const most = version === 6 ? 128 : 32;
  if (version === 0 || (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= most))) {
    throw new ChatKitError("config_invalid", { message: `trusted_proxies: ${JSON.stringify(entry)} is no address or network` });
  }
  const family = version === 6 ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}
