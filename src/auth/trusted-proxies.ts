import { isIP } from "node:net";
import { ChatKitError } from "../errors.ts";
import { formatIpAddress, parseIpAddress, type IpAddress } from "./ip-address.ts";

type Network = IpAddress & { prefix: number };

/** 127.0.0.0/8 and ::1. */
const LOOPBACK: readonly Network[] = [
  { bits: 32, value: 0x7f00_0000n, prefix: 8 },
  { bits: 128, value: 1n, prefix: 128 },
];

const EXPECTED = "an address such as 192.0.2.7, a network such as 10.0.0.0/8 or fd00::/8, loopback or any";

/** How many answers of `clientAddress` are kept: each line of the log has one, and finding it takes longer than all the rest of the line. */
const MOST_FOUND = 1000;
/** In characters: nobody fills the memory with long headers. */
const LONGEST_KEPT = 200;

/** The addresses of the proxies in front of the server: what their headers say of the user and of the client's address is believed. */
export class TrustedProxies {
  readonly #networks: readonly Network[];
  readonly #any: boolean;
  readonly #found = new Map<string, string>();

  /**
   * @param entries addresses, networks such as `10.0.0.0/8`, `loopback` or `any`
   * @throws ChatKitError config_invalid for anything else. A mistyped network is refused rather than interpreted: it might be read as a
   * larger one than was meant, and everybody in it is believed (CWE-290).
   */
  constructor(entries: readonly string[]) {
    this.#any = entries.includes("any");
    this.#networks = entries.filter((entry) => entry !== "any").flatMap((entry) => (entry === "loopback" ? LOOPBACK : [networkOf(entry)]));
  }

  /** Whether the peer is one of them. Text that is not an address never is, even with `any`. */
  includes(peer: string | undefined): boolean {
    const address = parseIpAddress(peer);
    return address !== undefined && (this.#any || this.#lists(address));
  }

  /**
   * The address a request comes from: the peer's, or the one that trusted proxies report. Each proxy appends to `X-Forwarded-For` the
   * address that called it, so the header is read from the right for as long as the one who wrote the entry is trusted. What a client
   * has written itself is further left.
   */
  clientAddress(peer: string | undefined, forwardedFor: string | null): string | undefined {
    const key = `${peer}\n${forwardedFor}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#walk(peer, forwardedFor);
    if (this.#found.size >= MOST_FOUND) this.#found.clear();
    if (found !== undefined && key.length <= LONGEST_KEPT) this.#found.set(key, found);
    return found;
  }

  #walk(peer: string | undefined, forwardedFor: string | null): string | undefined {
    let speaker = parseIpAddress(peer);
    if (speaker === undefined) return peer;
    const entries = forwardedFor?.split(",") ?? [];
    // With `any`, the walk to the left would not stop before what the client wrote: only the entry of the peer itself is used.
    if (this.#any) return formatIpAddress(forwardedAddress(entries.pop()) ?? speaker);
    while (this.#lists(speaker)) {
      const next = forwardedAddress(entries.pop());
      // The list has ended, or the entry is not an address, such as "unknown".
      if (next === undefined) break;
      speaker = next;
    }
    return formatIpAddress(speaker);
  }

  #lists(address: IpAddress): boolean {
    return this.#networks.some((network) => contains(network, address));
  }
}

function contains(network: Network, address: IpAddress): boolean {
  const rest = BigInt(network.bits - network.prefix);
  return network.bits === address.bits && network.value >> rest === address.value >> rest;
}

function networkOf(entry: string): Network {
  const refuse = (why: string) => new ChatKitError("config_invalid", { message: `${JSON.stringify(entry)} ${why}` });
  const [, text = "", bits] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(entry) ?? [];
  const address = parseIpAddress(text);
  if (address === undefined || Number(bits ?? 0) > (isIP(text) === 4 ? 32 : 128)) throw refuse(`is no trusted proxy: expected ${EXPECTED}`);
  if (isIP(text) === 6 && address.bits === 32) throw refuse(`is IPv4 in the form of IPv6: ${asIpv4(address, Number(bits ?? 128))}`);
  const prefix = bits === undefined ? address.bits : Number(bits);
  if (prefix === 0) throw refuse("is everybody: write any if that is meant");
  const network = firstOf({ ...address, prefix });
  if (network.value === address.value) return network;
  throw refuse(`is an address and a network at once: write ${text} or ${formatIpAddress(network)}/${prefix}`);
}

function firstOf({ bits, value, prefix }: Network): Network {
  const rest = BigInt(bits - prefix);
  return { bits, value: (value >> rest) << rest, prefix };
}

/** What to write in place of a mapped address or network. A prefix below 96 is no part of IPv4: it may have been meant as one of IPv4. */
function asIpv4(address: IpAddress, bits: number): string {
  if (bits === 128) return `write it as ${formatIpAddress(address)}`;
  if (bits === 96) return "it is every IPv4 address: write any if everybody is meant";
  if (bits < 96) return bits > 0 && bits <= 32 ? `write ${formatIpAddress(address)}/${bits} if that is meant` : "write the network in the form of IPv4, such as 10.0.0.0/8";
  const prefix = bits - 96;
  const network = firstOf({ ...address, prefix });
  const alone = network.value === address.value ? "" : `${formatIpAddress(address)} or `;
  return `write it as ${alone}${formatIpAddress(network)}/${prefix}`;
}

/** One entry of the header; some proxies write the port, too: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function forwardedAddress(entry: string | undefined): IpAddress | undefined {
  const text = entry?.trim() ?? "";
  const [, v6, v4] = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(text) ?? [];
  return parseIpAddress(v6 ?? v4 ?? text);
}
