import { createPublicKey, type KeyObject } from "node:crypto";
import { ChatKitError } from "../errors.ts";

/** In characters: what is shorter can be guessed from one token, at home and at leisure (CWE-326). */
export const SHORTEST_SECRET = 32;
const FEWEST_RSA_BITS = 2048;

// Which algorithms a key is for is ours to say, not the token's: else a public key would pass for an HMAC secret (CWE-347).
export const HMAC = ["HS256", "HS384", "HS512"];
export const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const EDWARDS = ["EdDSA", "Ed25519"];
/** By the names that JSON Web Keys have for curves, and OpenSSL. */
const CURVES: Record<string, string> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };
export const PUBLIC_KEY_ALGORITHMS = [...RSA, ...new Set(Object.values(CURVES)), ...EDWARDS];

/** @throws ChatKitError config_invalid */
export function checkedSecret(secret: string): Uint8Array {
  if (secret.length < SHORTEST_SECRET) {
    throw new ChatKitError("config_invalid", { message: `jwt_secret: shorter than ${SHORTEST_SECRET} characters, which can be guessed` });
  }
  return new TextEncoder().encode(secret);
}

/** A key and what may be signed with its other half. @throws ChatKitError config_invalid for one that is none, too weak, or for something else */
export function checkedPublicKey(pem: string): { key: KeyObject; algorithms: string[] } {
  // It would do, since the public one is within it; but whoever reads it here can then sign tokens of their own (CWE-522).
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw refused("is a private key: only its public half belongs here");
  const key = parsed(pem);
  const { modulusLength, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "ed25519") return { key, algorithms: EDWARDS };
  if (key.asymmetricKeyType === "ec" && CURVES[namedCurve]) return { key, algorithms: [CURVES[namedCurve]] };
  if (key.asymmetricKeyType !== "rsa") throw refused("is of a type that tokens are not signed with: expected RSA, P-256, P-384, P-521 or Ed25519");
  if ((modulusLength ?? 0) < FEWEST_RSA_BITS) throw refused(`has ${modulusLength} bits, which can be broken: expected ${FEWEST_RSA_BITS} or more`);
  return { key, algorithms: RSA };
}

function parsed(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw refused("holds no public key that can be read: expected RSA, P-256, P-384, P-521 or Ed25519 in PEM form", cause);
  }
}

const refused = (why: string, cause?: unknown) => new ChatKitError("config_invalid", { message: `jwt_public_key_file: ${why}`, cause });

/** Whether a key of a set is public, of a type that tokens are signed with, and strong enough. */
export function isUsable(jwk: unknown): boolean {
  if (typeof jwk !== "object" || jwk === null || "d" in jwk) return false;
  const { kty, crv, n } = jwk as Record<string, unknown>;
  if (kty === "RSA") return typeof n === "string" && bitsOf(Buffer.from(n, "base64url")) >= FEWEST_RSA_BITS;
  if (kty === "EC") return typeof crv === "string" && crv.startsWith("P-") && crv in CURVES;
  return kty === "OKP" && crv === "Ed25519";
}

function bitsOf(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - (Math.clz32(number[first]!) - 24);
}
