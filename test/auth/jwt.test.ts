import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { SignJWT, UnsecuredJWT, exportSPKI, generateKeyPair, type JWTPayload } from "jose";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import { jwtAuthenticator } from "../../src/auth/jwt.ts";
import { toChatKitError, type ChatKitError } from "../../src/errors.ts";

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

async function ask(authenticate: Authenticator, token: string | undefined): Promise<string | ChatKitError> {
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await authenticate(new Request("http://127.0.0.1/", { headers }), () => undefined)).userId;
  } catch (thrown) {
    return toChatKitError(thrown);
  }
}

/** The user, or the code of the refusal. */
async function whoIs(authenticate: Authenticator, token: string | undefined): Promise<string> {
  const answer = await ask(authenticate, token);
  return typeof answer === "string" ? answer : answer.code;
}

/** What the log is told of a refusal. */
async function reason(authenticate: Authenticator, token: string | undefined): Promise<string | undefined> {
  return ((await ask(authenticate, token)) as ChatKitError).reason;
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

  test.each<[string, string, () => string | Promise<string>]>([
    ["of the wrong issuer", "issuer", () => hs256(claims({ iss: "https://evil.example" }))],
    ["for another audience", "audience", () => hs256(claims({ aud: "other" }))],
    ["without an expiry", "no_expiry", () => hs256({ ...claims(), exp: undefined } as unknown as JWTPayload)],
    ["that has expired", "expired", () => hs256(claims({ exp: now() - 60 }))],
    ["from the future", "not_yet_valid", () => hs256(claims({ nbf: now() + 60 }))],
    ["without a user", "user", () => hs256({ ...claims(), sub: undefined } as unknown as JWTPayload)],
    ["without a signature", "algorithm", () => new UnsecuredJWT(claims()).encode()],
    [
      "signed with another secret",
      "signature",
      () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("x".repeat(32))),
    ],
    ["with an empty user", "user", () => hs256(claims({ sub: "" }))],
    ["with a user that is no text", "user", () => hs256({ ...claims(), sub: 7 } as unknown as JWTPayload)],
    ["with half a character in its user", "user", () => hs256(claims({ sub: "ada\ud800" }))],
    ["with an extension that is not known", "malformed", () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256", crit: ["x"], x: 1 }).sign(secretKey, { crit: { x: true } })],
    ["of 100 KB", "malformed", () => hs256(claims({ pad: "x".repeat(100_000) }))],
    ["that is none", "malformed", () => "a.b.c"],
  ])("one %s is refused, and the log is told: %s", async (_, why, make) => {
    const token = await make();
    expect([await whoIs(authenticate, token), await reason(authenticate, token)]).toEqual(["invalid_token", why]);
  });

  test("whoever sent a token learns whether it has expired, and nothing else", async () => {
    const expired = (await ask(authenticate, await hs256(claims({ exp: now() - 60 })))) as ChatKitError;
    expect([expired.message, expired.challenge]).toEqual(["The token has expired.", 'Bearer error="invalid_token", error_description="The token has expired."']);
    const others = [hs256(claims({ aud: "other" })), hs256(claims({ sub: "" })), new UnsecuredJWT(claims()).encode(), "x"];
    for (const token of others) {
      const refused = (await ask(authenticate, await token)) as ChatKitError;
      expect([refused.message, refused.challenge]).toEqual(["The token is not valid.", 'Bearer error="invalid_token", error_description="The token is not valid."']);
    }
    // One that was signed by nobody is not told that it has expired.
    const forged = await new SignJWT(claims({ exp: now() - 60 })).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("x".repeat(32)));
    expect(((await ask(authenticate, forged)) as ChatKitError).message).toBe("The token is not valid.");
    expect(((await ask(authenticate, undefined)) as ChatKitError).challenge).toBe("Bearer");
  });

  test("a secret that can be guessed is a configuration error (CWE-326)", () => {
    for (const secret of ["", "secret", "x".repeat(31)]) expect(() => jwtAuthenticator({ key: { secret } })).toThrow("32 characters");
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

  const spki = (type: "rsa" | "ec" | "x25519", options: object) =>
    generateKeyPairSync(type as "rsa", { ...options, publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } } as never) as unknown as {
      publicKey: string;
      privateKey: string;
    };

  test.each<[string, () => string, string]>([
    ["no key", () => "hello", "no public key"],
    ["nothing", () => "", "no public key"],
    ["half a key", () => spki("ec", { namedCurve: "P-256" }).publicKey.slice(0, 80), "no public key"],
    ["a private key", () => spki("ec", { namedCurve: "P-256" }).privateKey, "private key"],
    ["an RSA key of 1024 bits", () => spki("rsa", { modulusLength: 1024 }).publicKey, "1024 bits"],
    ["a key for another curve", () => spki("ec", { namedCurve: "P-224" }).publicKey, "type"],
    ["a key to agree on keys with", () => spki("x25519", {}).publicKey, "type"],
  ])("a file that holds %s is a configuration error (CWE-326)", (_, make, message) => {
    expect(() => jwtAuthenticator({ key: { publicKeyPem: make() } })).toThrow(message);
  });

  test.each([["ES256", "P-256"], ["ES384", "P-384"], ["ES512", "P-521"], ["Ed25519", ""], ["RS256", ""], ["PS512", ""]])(
    "%s is taken with a key for it and refused with any other",
    async (alg) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const authenticate = jwtAuthenticator({ key: { publicKeyPem: await exportSPKI(publicKey) } });
      expect(await whoIs(authenticate, await new SignJWT(claims()).setProtectedHeader({ alg }).sign(privateKey))).toBe("ada");
      for (const other of ["ES256", "ES384", "ES512", "EdDSA", "RS256"].filter((one) => one !== alg && !(/^[RP]S/.test(alg) && one === "RS256"))) {
        const stranger = await generateKeyPair(other);
        const token = await new SignJWT(claims()).setProtectedHeader({ alg: other }).sign(stranger.privateKey);
        if (alg === "Ed25519" && other === "EdDSA") expect(await reason(authenticate, token)).toBe("signature");
        else expect([other, await whoIs(authenticate, token), await reason(authenticate, token)]).toEqual([other, "invalid_token", "algorithm"]);
      }
    },
  );
});
