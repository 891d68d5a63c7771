import { lookup } from "node:dns/promises";
import { isIP, BlockList } from "node:net";
import { RequestFailure } from "./request-failure.ts";

/** Networks that the registries of special addresses (RFC 6890 and later ones) do not list as globally reachable. */
const INSIDE_4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16
  198.18.0.0/15 224.0.0.0/4 240.0.0.0/4`;
const INSIDE_6 = "::/96 64:ff9b::/96 64:ff9b:1::/48 fc00::/7 fe80::/10 fec0::/10 ff00::/8 2001:db8::/32";

// One list for each family, since Bun's BlockList applies IPv6 networks to IPv4 addresses, too.
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
 * Refuses addresses from which attachments must not be fetched. An address comes out of a conversation, and may redirect to another one,
 * so it could lead into the network of this machine. It must be https and public; when the API itself is on this machine, an address
 * on this machine is allowed, too.
 * Returns the IP address to connect to if the name was looked up: a second look-up could give a different one.
 * @throws RequestFailure with the reason
 */
export async function requireFetchable(address: URL, api: URL): Promise<string | undefined> {
  if (address.protocol === "data:" || address.origin === api.origin) return undefined;
  const host = address.hostname.replace(/^\[|\]$/g, "");
  if (address.protocol === "http:" && isLoopback(host) && isLoopback(api.hostname.replace(/^\[|\]$/g, ""))) return undefined;
  if (address.protocol !== "https:") throw new RequestFailure(`its address is no https one (${address.protocol})`);
  const found = isIP(host) ? [{ address: host }] : await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0) throw new RequestFailure(`${host} is not known`, { isPassing: true });
  if (found.some(({ address }) => isInside(address))) throw new RequestFailure("its address leads into a private network");
  // IPv4 first: a machine without IPv6 may still be told IPv6 addresses.
  return isIP(host) ? undefined : (found.find(({ address }) => isIP(address) === 4) ?? found[0]!).address;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function isInside(ip: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
  return isIP(mapped) === 4 ? inside4.check(mapped, "ipv4") : inside6.check(mapped, "ipv6") || /^::ffff:/i.test(mapped);
}
