import { isIP } from "node:net";

/** An address as a number of `bits` bits: 32 for IPv4, 128 for IPv6. */
export type IpAddress = { bits: 32 | 128; value: bigint };

/** The upper 96 bits of an IPv4 address as IPv6 sockets show it: ::ffff:10.0.0.1. */
const MAPPED_PREFIX = 0xffffn;

/** An address, or undefined for any other text. A zone (`%eth0`) is dropped: it names a card of this machine, not the other machine. */
export function parseIpAddress(text: string | undefined): IpAddress | undefined {
  if (text === undefined) return undefined;
  const version = isIP(text);
  if (version === 4) return { bits: 32, value: joined(text.split(".").map(Number), 8n) };
  if (version === 0) return undefined;
  const value = joined(groupsOf(text.replace(/%.*/, "")), 16n);
  return value >> 32n === MAPPED_PREFIX ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/**
 * What identifies one client: its IPv4 address, or the first 64 bits of its IPv6 address, since a home or a rented machine can use every
 * address that begins with them. Other text is returned unchanged.
 */
export function clientNetwork(text: string): string {
  const address = parseIpAddress(text);
  if (address === undefined) return text;
  return address.bits === 32 ? formatIpAddress(address) : `${formatIpAddress({ ...address, value: (address.value >> 64n) << 64n })}/64`;
}

/** Always the same text for the same address, in whichever form it was written. */
export function formatIpAddress({ bits, value }: IpAddress): string {
  const parts = (count: number, width: bigint) =>
    Array.from({ length: count }, (_, i) => Number((value >> (BigInt(count - 1 - i) * width)) & ((1n << width) - 1n)));
  if (bits === 32) return parts(4, 8n).join(".");
  const groups = parts(8, 16n).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function groupsOf(text: string): number[] {
  // The URL parser turns an end such as `:1.2.3.4` into two groups, and shortens the longest run of zeros to `::`.
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  return [...before!, ...Array<number>(8 - before!.length - after!.length).fill(0), ...after!];
}

const joined = (parts: number[], width: bigint) => parts.reduce((value, part) => (value << width) | BigInt(part), 0n);
