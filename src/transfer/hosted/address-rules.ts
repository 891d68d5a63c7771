import { lookup } from "node:dns/promises";
import { isIP, BlockList } from "node:net";
import { RequestFailure } from "./request-failure.ts";

/** What the registries of special addresses (RFC 6890 and its successors) do not call global. */
const INSIDE_4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16
  198.18.0.0/15 224.0.0.0/4 240.0.0.0/4`;
const INSIDE_6 = "::/127 fc00::/7 fe80::/10 fec0::/10 ff00::/8 2001:db8::/32";

// One list a family: Bun's takes IPv6 networks for IPv4 ones, too.
const inside4 = listOf(INSIDE_4, "ipv4");
const inside6 = listOf(INSIDE_6, "ipv6");

function listOf(networks: string, family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const network of networks.split(/\s+/)) {
    const [address, bits] = network.split("/");
    list.addSubnet(address!, Number(bits), family);
  }
  return list;
}

/**
 * Whether an attachment may be fetched from there. Its address comes out of a conversation and may lead on to another one, so
 * it must not be a way into the network that this program runs in: encrypted and public it has to be, or on the machine itself
 * when the API that was named is there, too.
 * @throws RequestFailure with the reason when it may not
 */
export async function requireFetchable(address: URL, api: URL): Promise<void> {
  if (address.protocol === "data:" || address.origin === api.origin) return;
  const host = address.hostname.replace(/^\[|\]$/g, "");
  if (address.protocol === "http:" && isLoopback(host) && isLoopback(api.hostname.replace(/^\[|\]$/g, ""))) return;
  if (address.protocol !== "https:") throw new RequestFailure(`its address is no https one (${address.protocol})`);
  const found = isIP(host) ? [{ address: host }] : await lookup(host, { all: true }).catch(() => []);
  if (found.some(({ address }) => isInside(address))) throw new RequestFailure("its address leads into a private network");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function isInside(ip: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
  return isIP(mapped) === 4 ? inside4.check(mapped, "ipv4") : inside6.check(mapped, "ipv6") || /^::ffff:/i.test(mapped);
}
