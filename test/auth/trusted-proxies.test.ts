import { describe, expect, test } from "bun:test";
import { TrustedProxies } from "../../src/auth/trusted-proxies.ts";
import { ChatKitError } from "../../src/errors.ts";

const includes = (entries: string[], ...peers: (string | undefined)[]) => {
  const proxies = new TrustedProxies(entries);
  return peers.filter((peer) => proxies.includes(peer));
};

describe("who is a trusted proxy", () => {
  test("addresses and networks hold what they name and nothing beside it", () => {
    const entries = ["10.0.0.0/8", "192.0.2.7", "192.0.2.128/25", "fd00::/8", "2001:db8::7", "2001:db8:1::/127"];
    const inside = ["10.0.0.0", "10.255.255.255", "192.0.2.7", "192.0.2.128", "fd12::1", "fdff:ffff::", "2001:db8::7", "2001:db8:1::1"];
    const outside = ["9.255.255.255", "11.0.0.0", "192.0.2.8", "192.0.2.127", "fc00::1", "fe00::1", "2001:db8::8", "2001:db8:1::2", "::1", "127.0.0.1"];
    expect(includes(entries, ...inside, ...outside)).toEqual(inside);
  });

  test("one address is the same in whatever way it is written", () => {
    expect(includes(["2001:DB8:0:0::7"], "2001:db8::7", "2001:db8::0:7", "2001:0db8::0007")).toHaveLength(3);
    expect(includes(["10.0.0.0/8"], "::ffff:10.1.2.3", "::FFFF:10.1.2.3", "::ffff:a01:203", "0:0:0:0:0:ffff:10.1.2.3")).toHaveLength(4);
    expect(includes(["fe80::/10"], "fe80::1%eth0")).toHaveLength(1);
  });

  test("an IPv6 network holds no IPv4 address, however the peer is shown", () => {
    const peers = ["10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1", "0.0.0.1"];
    for (const entry of ["::/64", "::/1", "8000::/1", "::/96", "::a00:0/104", "2000::/3"]) expect(includes([entry], ...peers)).toEqual([]);
    expect(includes(["0.0.0.0/1", "128.0.0.0/1"], "::1", "::a01:203", "2001:db8::1")).toEqual([]);
  });

  test("loopback is this machine, by both kinds of address", () => {
    const peers = ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "128.0.0.1", "126.255.255.255", "::2", "::"];
    expect(includes(["loopback"], ...peers)).toEqual(peers.slice(0, 4));
  });

  test("any is every address, and never a peer that cannot be told", () => {
    expect(includes(["any"], "203.0.113.9", "2001:db8::1", "", undefined, "unknown", "in-process")).toEqual(["203.0.113.9", "2001:db8::1"]);
    expect(includes([], "127.0.0.1")).toEqual([]);
  });

  test.each([
    ["10.0.0.0/", "10.0.0.0/-0", "::1/", "10.0.0.0/0x8", "10.0.0.0/1e1", "10.0.0.0/8/99"],
    ["10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0 /8", "10.0.0.0/8.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/8\n", "10.0.0.0/\u0668"],
    ["/8", "/", "", " ", "10.0.0", "10.0.0.0.0/8", "010.0.0.1", "0x0a.0.0.1", "10.1/16", "167772160", "10.0.0.0-10.0.0.9", "10.0.0.*", "*"],
    ["[::1]", "::1%lo", "fe80::1%eth0/64", "::g/8", "1::2::3", "10.0.0.1:80", "proxy.internal", "http://10.0.0.1", "LOOPBACK", "Any", "loopback/8", "any/0"],
    ["10.0.0.0/255.0.0.0", "10.0.0.0/NaN", "10.0.0.0/Infinity", "10.0.0.0/null", "10.0.0.0//8", "10.0.0.0\\8", "10.0.0.0|8", "!10.0.0.0/8"],
  ].map((entries) => [entries]))("what is nearly a network is refused: %j", (entries) => {
    for (const entry of entries) {
      expect(() => new TrustedProxies([entry]), JSON.stringify(entry)).toThrow(ChatKitError);
      expect(() => new TrustedProxies(["any", entry]), JSON.stringify(entry)).toThrow(ChatKitError);
    }
  });

  test.each([
    ["0.0.0.0/0", "write any"],
    ["::/0", "write any"],
    ["10.0.0.1/8", "write 10.0.0.1 or 10.0.0.0/8"],
    ["fd00::1/8", "write fd00::1 or fd00::/8"],
    ["::ffff:10.0.0.0/104", "write it as 10.0.0.0/8"],
    ["::ffff:10.0.0.7/104", "write it as 10.0.0.7 or 10.0.0.0/8"],
    ["::ffff:a00:0/104", "write it as 10.0.0.0/8"],
    ["::ffff:192.0.2.128/121", "write it as 192.0.2.128/25"],
    ["::ffff:10.0.0.7", "write it as 10.0.0.7"],
    ["::ffff:10.0.0.7/128", "write it as 10.0.0.7"],
    ["::ffff:10.0.0.0/8", "write 10.0.0.0/8 if that is meant"],
    ["::ffff:10.0.0.0/64", "in the form of IPv4, such as"],
    ["::ffff:0:0/96", "every IPv4 address: write any"],
    ["::ffff:10.0.0.0/96", "every IPv4 address: write any"],
  ])("%s is refused with what to write instead", (entry, hint) => {
    expect(() => new TrustedProxies([entry])).toThrow(hint);
  });
});

describe("the client's address", () => {
  const behind = (entries: string[], peer: string | undefined, forwardedFor: string | null) => new TrustedProxies(entries).clientAddress(peer, forwardedFor);

  test("is the peer's where that is no trusted proxy, whatever the header says", () => {
    expect(behind(["10.0.0.0/8"], "203.0.113.9", "198.51.100.1")).toBe("203.0.113.9");
    expect(behind([], "127.0.0.1", "198.51.100.1")).toBe("127.0.0.1");
    expect(behind(["loopback"], "::ffff:203.0.113.9", null)).toBe("203.0.113.9");
  });

  test("is what the proxy added, not what the client wrote before it", () => {
    const entries = ["loopback", "10.0.0.0/8"];
    expect(behind(entries, "127.0.0.1", "198.51.100.1")).toBe("198.51.100.1");
    for (const forged of ["1.1.1.1", "127.0.0.1", "10.0.0.1, 10.0.0.2", "unknown", "", ",,,", "for=1.1.1.1"]) {
      expect(behind(entries, "127.0.0.1", `${forged}, 198.51.100.1`)).toBe("198.51.100.1");
      expect(behind(entries, "127.0.0.1", `${forged},198.51.100.1, 10.0.0.3`)).toBe("198.51.100.1");
    }
  });

  test("is the furthest that is known where the list ends, or goes on with what is no address", () => {
    const entries = ["10.0.0.0/8"];
    expect(behind(entries, "10.0.0.1", null)).toBe("10.0.0.1");
    expect(behind(entries, "10.0.0.1", "")).toBe("10.0.0.1");
    expect(behind(entries, "10.0.0.1", "10.0.0.9, 10.0.0.2")).toBe("10.0.0.9");
    expect(behind(entries, "10.0.0.1", "198.51.100.1, unknown")).toBe("10.0.0.1");
    expect(behind(entries, "10.0.0.1", "198.51.100.1, _hidden, 10.0.0.2")).toBe("10.0.0.2");
  });

  test("may be told with a port, and in any form of IPv6", () => {
    for (const entry of ["198.51.100.1:5000", " 198.51.100.1 ", "::ffff:198.51.100.1"]) expect(behind(["loopback"], "::1", entry)).toBe("198.51.100.1");
    for (const entry of ["2001:DB8::0:1", "[2001:db8::1]", "[2001:db8::1]:443"]) expect(behind(["loopback"], "::1", entry)).toBe("2001:db8::1");
  });

  test("is told by the peer alone where everybody is trusted", () => {
    expect(behind(["any"], "203.0.113.9", "1.1.1.1, 198.51.100.1")).toBe("198.51.100.1");
    expect(behind(["any", "198.51.100.1"], "203.0.113.9", "1.1.1.1, 198.51.100.1")).toBe("198.51.100.1");
    expect(behind(["any"], "203.0.113.9", null)).toBe("203.0.113.9");
  });

  test("is not known of a peer that cannot be told", () => {
    expect(behind(["any"], undefined, "198.51.100.1")).toBeUndefined();
    expect(behind(["loopback"], "in-process", "198.51.100.1")).toBe("in-process");
  });

  test("is found in a long list without going through it", () => {
    const before = process.threadCpuUsage();
    expect(behind(["10.0.0.0/8"], "10.0.0.1", `${"1.1.1.1, ".repeat(1000)}198.51.100.1`)).toBe("198.51.100.1");
    expect(process.threadCpuUsage(before).user).toBeLessThan(50_000);
  });
});
