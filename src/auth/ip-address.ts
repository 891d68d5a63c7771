import { isIP } from "node:net";

/** An address as a number of so many bits. */
export type IpAddress = { bits: 32 | 128; value: bigint };

/** IPv4 as IPv6 sockets show it: ::ffff:10.0.0.1. */
const MAPPED_PREFIX = 0xffffn;

/** An address, or undefined for whatever is none. A zone is left out: it says which card of a machine, not which machine. */
export function parseIpAddress(text: string | undefined): IpAddress | undefined {
  if (text === undefined) return undefined;
  const version = isIP(text);
  if (version === 4) return { bits: 32, value: joined(text.split(".").map(Number), 8n) };
  if (version === 0) return undefined;
  const value = joined(groupsOf(text.replace(/%.*/, "")), 16n);
  return value >> 32n === MAPPED_PREFIX ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/** The same address always as the same text, whichever way it was written. */
export function formatIpAddress({ bits, value }: IpAddress): string {
  const parts = (count: number, width: bigint) =>
    Array.from({ length: count }, (_, i) => Number((value >> (BigInt(count - 1 - i) * width)) & ((1n << width) - 1n)));
  if (bits === 32) return parts(4, 8n).join(".");
  const groups = parts(8, 16n).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function groupsOf(text: string): number[] {
  // The URL parser writes out a dotted end and has its own opinion on nothing else.
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  return [...before!, ...Array<number>(8 - before!.length - after!.length).fill(0), ...after!];
}

const joined = (parts: number[], width: bigint) => parts.reduce((value, part) => (value << width) | BigInt(part), 0n);
