import { describe, expect, test } from "bun:test";
import { AllowedHosts } from "../../src/http/allowed-hosts.ts";
import { ChatKitError } from "../../src/errors.ts";

const taken = (names: string[], ...hosts: (string | null)[]) => {
  const allowed = new AllowedHosts(names);
  return hosts.filter((host) => allowed.has(host));
};

describe("names of the server", () => {
  test("addresses and this machine's own names are always taken, with any port", () => {
    const hosts = [
      ...["127.0.0.1", "127.0.0.1:8000", "192.168.1.10:80", "0.0.0.0:8000", "127.0.0.1.", "127.1:8000", "2130706433", "0x7f.1"],
      ...["[::1]", "[::1]:8000", "[2001:db8::1]:443", "[::ffff:127.0.0.1]:8000", "[fe80::1%25eth0]:8000"],
      ...["localhost", "localhost:8000", "LOCALHOST:8000", "localhost.", "localhost.:8000", "chat.localhost:3000", "tauri.localhost"],
    ];
    expect(taken([], ...hosts)).toEqual(hosts);
  });

  test("a request that names none is taken: HTTP/1.0 and load balancers do not", () => {
    expect(taken([], null, "")).toEqual([null, ""]);
  });

  test("names of anybody else are not, however close they look (CWE-350)", () => {
    const hosts = [
      ...["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "127.0.0.1.nip.io:8000", "localhost.evil.example", "localhostt", "xlocalhost"],
      ...["evil", "backend:8000", "127.0.0.1@evil.example", "evil.example@127.0.0.1", "user@localhost", "127.0.0.1, evil.example", "evil.example, 127.0.0.1"],
      ...["127.0.0.1/evil", "127.0.0.1?x", "127.0.0.1#x", "127.0.0.1 ", "a b", "[::1", "::1", "[evil]", "[::g]", "[127.0.0.1]", "[]", ":8000", "localhost:", "localhost:x"],
      ...["localhost..", ".localhost", "%6cocalhost", "lоcalhost", "127.0.0.1\\evil.example", "127.0.0.1:80:80", "1.2.3.4.5", "256.1.1.1", "0x7g.1", "-", "*"],
    ];
    expect(taken([], ...hosts)).toEqual([]);
    expect(taken(["chat.example.com"], ...hosts)).toEqual([]);
  });

  test("listed ones are, in any case and with any port; one wildcard stands for one label", () => {
    const names = ["chat.example.com", "chat_kit", "*.tunnel.example", "Münster.example"];
    const hosts = ["chat.example.com", "CHAT.example.COM.:443", "chat_kit:8000", "a-1.tunnel.example", "xn--mnster-3ya.example"];
    expect(taken(names, ...hosts)).toEqual(hosts);
    expect(taken(names, "example.com", "x.chat.example.com", "chat.example.com.evil", "tunnel.example", "a.b.tunnel.example", "chatxexample.com")).toEqual([]);
  });

  test("one that was taken does not open the door to the next", () => {
    const allowed = new AllowedHosts([]);
    expect([allowed.has("localhost"), allowed.has("evil.example"), allowed.has("localhost"), allowed.has("evil.example")]).toEqual([true, false, true, false]);
  });

  test.each(["https://chat.example.com", "chat.example.com:443", "chat.example.com/", "*", "*.com", "a.*.example.com", "a*.example.com", "*.*.example.com", "a b", "user@host", "", "chat..example", "münster.example:80", "https://münster.example", "ü@host", "https://u:p @h/"])(
    "%p is no name",
    (name) => expect(() => new AllowedHosts([name])).toThrow(ChatKitError),
  );
});
