import { describe, expect, test } from "bun:test";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import { noAuthentication } from "../../src/auth/none.ts";
import { trustedHeader } from "../../src/auth/trusted-header.ts";
import { ChatKitError, toChatKitError } from "../../src/errors.ts";

const request = (headers: Record<string, string> | [string, string][]) => new Request("http://127.0.0.1/chatkit", { headers });

/** The user, or the code of the refusal. */
async function whoIs(authenticate: Authenticator, asked: Request, peer?: string): Promise<string> {
  try {
    return (await authenticate(asked, () => peer)).userId;
  } catch (thrown) {
    return toChatKitError(thrown).code;
  }
}

describe("no authentication", () => {
  test("the user is who the header names, else local", async () => {
    expect(await whoIs(noAuthentication(), request({ "x-user-id": "ada" }))).toBe("ada");
    expect(await whoIs(noAuthentication(), request({}))).toBe("local");
  });

  test("a header that was sent twice names nobody", async () => {
    const twice: [string, string][] = [
      ["x-user-id", "ada"],
      ["x-user-id", "bob"],
    ];
    expect(await whoIs(noAuthentication(), request(twice))).toBe("unauthenticated");
  });
});

describe("a trusted header (CWE-290)", () => {
  test("names the user when the proxy set it", async () => {
    expect(await whoIs(trustedHeader(), request({ "x-user-id": "ada" }), "127.0.0.1")).toBe("ada");
    expect(await whoIs(trustedHeader({ header: "X-Email" }), request({ "x-email": "ada@example.com" }), "::1")).toBe("ada@example.com");
  });

  test.each([
    ["missing", {}],
    ["empty", { "x-user-id": " " }],
    ["joined by a comma", { "x-user-id": "ada, bob" }],
    ["endless", { "x-user-id": "a".repeat(257) }],
  ])("is refused when it is %s", async (_, headers) => {
    expect(await whoIs(trustedHeader(), request(headers as Record<string, string>), "127.0.0.1")).toBe("unauthenticated");
  });

  test.each([
    ["10.1.2.3", "unauthenticated"],
    ["::ffff:10.1.2.3", "unauthenticated"],
    ["127.0.0.1", "ada"],
    ["::ffff:127.0.0.1", "ada"],
    ["::1", "ada"],
  ])("from %s, with only this machine trusted: %s", async (peer, outcome) => {
    expect(await whoIs(trustedHeader(), request({ "x-user-id": "ada" }), peer)).toBe(outcome);
  });

  test("listed networks and addresses are trusted, others are not", async () => {
    const listed = trustedHeader({ proxies: ["10.0.0.0/8", "fd00::/8", "192.0.2.7"] });
    const asked = request({ "x-user-id": "ada" });
    const outcomes = await Promise.all(
      ["10.9.9.9", "fd12::1", "192.0.2.7", "192.0.2.8", "11.0.0.1", "127.0.0.1"].map((peer) => whoIs(listed, asked, peer)),
    );
    expect(outcomes).toEqual(["ada", "ada", "ada", "unauthenticated", "unauthenticated", "unauthenticated"]);
    expect(await whoIs(trustedHeader({ proxies: ["any"] }), asked, "203.0.113.9")).toBe("ada");
  });

  test("what is no address is a configuration error", () => {
    for (const proxy of ["proxy.internal", "10.0.0.0/33", "10.0.0.0/x", ""]) {
      expect(() => trustedHeader({ proxies: [proxy] })).toThrow(ChatKitError);
    }
  });

  test("a name that no header can have is a configuration error", () => {
    for (const header of ["", "X User", "X:User", "X-Ünser"]) expect(() => trustedHeader({ header })).toThrow("cannot be the name of a header");
  });
});
