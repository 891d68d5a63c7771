import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload } from "jose";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import { jwtAuthenticator } from "../../src/auth/jwt.ts";
import { toChatKitError } from "../../src/errors.ts";

const SECRET = "a-secret-of-at-least-thirty-two-characters";
const secretKey = new TextEncoder().encode(SECRET);
const now = () => Math.floor(Date.now() / 1000);
const claims = (more: JWTPayload = {}): JWTPayload => ({
  sub: "ada",
  iss: "https://issuer.example",
  aud: "chat",
  exp: now() + 60,
  ...more,
});
const hs256 = (payload = claims(), header: object = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg: "HS256", ...header }).sign(secretKey);

/** The user, or the code of the refusal. */
async function whoIs(authenticate: Authenticator, token: string | undefined): Promise<string> {
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await authenticate(new Request("http://127.0.0.1/", { headers }), () => undefined)).userId;
  } catch (thrown) {
    return toChatKitError(thrown).code;
  }
}

describe("a token signed with a shared secret", () => {
  const authenticate = jwtAuthenticator({ key: { secret: SECRET }, issuer: "https://issuer.example", audience: "chat" });

  test("names the user", async () => {
    expect(await whoIs(authenticate, await hs256())).toBe("ada");
    const byMail = jwtAuthenticator({ key: { secret: SECRET }, userClaim: "email" });
    expect(await whoIs(byMail, await hs256(claims({ email: "ada@example.com" })))).toBe("ada@example.com");
  });

  test("no token at all is unauthenticated", async () => {
    expect(await whoIs(authenticate, undefined)).toBe("unauthenticated");
  });

  test.each<[string, () => string | Promise<string>]>([
    ["of the wrong issuer", () => hs256(claims({ iss: "https://evil.example" }))],
    ["for another audience", () => hs256(claims({ aud: "other" }))],
    ["without an expiry", () => hs256({ ...claims(), exp: undefined } as unknown as JWTPayload)],
    ["that has expired", () => hs256(claims({ exp: now() - 60 }))],
    ["from the future", () => hs256(claims({ nbf: now() + 60 }))],
    ["without a user", () => hs256({ ...claims(), sub: undefined } as unknown as JWTPayload)],
    ["without a signature", () => new UnsecuredJWT(claims()).encode()],
    [
      "signed with another secret",
      () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("x".repeat(32))),
    ],
    ["of 100 KB", () => hs256(claims({ pad: "x".repeat(100_000) }))],
    ["that is none", () => "a.b.c"],
  ])("one %s is refused", async (_, make) => {
    expect(await whoIs(authenticate, await make())).toBe("invalid_token");
  });
});

describe("a token signed with a private key", () => {
  test("is believed by its public key, which is no secret to sign with (CWE-347)", async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
    const pem = await exportSPKI(publicKey);
    const authenticate = jwtAuthenticator({ key: { publicKeyPem: pem } });
    const signed = await new SignJWT(claims()).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
    expect(await whoIs(authenticate, signed)).toBe("ada");
    const confused = await new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(pem));
    expect(await whoIs(authenticate, confused)).toBe("invalid_token");
  });

  test("a file that holds no key is a configuration error", () => {
    expect(() => jwtAuthenticator({ key: { publicKeyPem: "hello" } })).toThrow("PEM");
  });
});

describe("a token signed with a key of a set", () => {
  let keys: JWK[] = [];
  let fetches = 0;
  let strays = 0;
  let server: Bun.Server<undefined>;
  beforeAll(() => {
    server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        if (new URL(request.url).pathname !== "/jwks") strays += 1;
        else fetches += 1;
        return Response.json({ keys });
      },
    });
  });
  afterAll(() => server.stop(true));

  async function keyPair(kid: string) {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256" };
    const sign = (header: object = {}) => new SignJWT(claims()).setProtectedHeader({ alg: "ES256", kid, ...header }).sign(privateKey);
    return { jwk, sign };
  }
  const authenticator = () => jwtAuthenticator({ key: { jwksUrl: `${server.url.origin}/jwks` }, audience: "chat" });

  test("is believed; a flood of unknown keys fetches the set once", async () => {
    const known = await keyPair("one");
    keys = [known.jwk];
    fetches = 0;
    const authenticate = authenticator();
    expect(await whoIs(authenticate, await known.sign())).toBe("ada");
    const stranger = await keyPair("stranger");
    const forged = await stranger.sign();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => whoIs(authenticate, forged)));
    expect(new Set(outcomes)).toEqual(new Set(["invalid_token"]));
    expect(fetches).toBe(1);
  });

  test("a token that brings or points at its own key is not followed (CWE-918)", async () => {
    const known = await keyPair("one");
    const forger = await keyPair("forged");
    keys = [known.jwk];
    strays = 0;
    const pointing = await forger.sign({ jku: `${server.url.origin}/forged`, x5u: `${server.url.origin}/forged`, jwk: forger.jwk });
    expect(await whoIs(authenticator(), pointing)).toBe("invalid_token");
    expect(strays).toBe(0);
  });

  test("a set that cannot be fetched is no fault of the token", async () => {
    const authenticate = jwtAuthenticator({ key: { jwksUrl: "http://127.0.0.1:1/jwks" }, audience: "chat" });
    const { sign } = await keyPair("one");
    expect(await whoIs(authenticate, await sign())).toBe("internal");
  });
});
