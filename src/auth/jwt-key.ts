import { createPublicKey, type KeyObject } from "node:crypto";
import { ChatKitError } from "../errors.ts";

const FEWEST_RSA_BITS = 2048;

// The kind of key decides which algorithms are accepted, not the token: else a public key could be used as an HMAC secret (CWE-347).
const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const EDWARDS = ["EdDSA", "Ed25519"];
/** Curve → algorithm; under the names of JSON Web Keys and under those of OpenSSL. */
const CURVES: Record<string, string> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };
export const PUBLIC_KEY_ALGORITHMS = [...RSA, ...new Set(Object.values(CURVES)), ...EDWARDS];

/** A public key and the algorithms it verifies. @throws ChatKitError config_invalid when it is not a key, too weak, or of an unfit type */
export function checkedPublicKey(pem: string): { key: KeyObject; algorithms: string[] } {
  // It would work, since it contains the public key; but then whoever can read the file can sign tokens (CWE-522).
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

/** Whether a key of a key set is public, strong enough, and of a type that tokens are signed with. */
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
