import { createPublicKey, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { ChatKitError } from "../errors.ts";
import type { Authenticator } from "./authenticator.ts";
import { checkedUserId } from "./user-header.ts";

/** Where the key is: exactly one of the three. */
export type JwtKey = { secret: string } | { publicKeyPem: string } | { jwksUrl: string };

export type JwtOptions = {
  key: JwtKey;
  /** What `iss` must be. */
  issuer?: string | undefined;
  /** What `aud` must hold. */
  audience?: string | undefined;
  /** @default "sub" */
  userClaim?: string | undefined;
};

/** Nobody's honest token is larger, and checking one costs time that grows with it (CWE-400). */
const MAX_TOKEN_LENGTH = 16 * 1024;
const CLOCK_TOLERANCE_S = 5;
/** Between two fetches of the key set, however many tokens name keys that are not in it. */
const KEY_FETCH_COOLDOWN_MS = 30_000;
const KEY_FETCH_TIMEOUT_MS = 5000;

// Which algorithms a key is for is ours to say, not the token's: else a public key would pass for an HMAC secret (CWE-347).
const HMAC = ["HS256", "HS384", "HS512"];
const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const CURVES = ["ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

/**
 * Believes a signed token in `Authorization: Bearer`. It has to have a signature of the expected kind, an expiry, the expected
 * issuer and audience, and a user. Headers of the token that point at keys (`jku`, `x5u`, `jwk`) are not followed.
 * @throws ChatKitError config_invalid for a key that is none
 */
export function jwtAuthenticator({ key, issuer, audience, userClaim = "sub" }: JwtOptions): Authenticator {
  const options: JWTVerifyOptions = {
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ["exp", userClaim],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };
  const verify = verifier(key, options);
  return async (request) => {
    const claims = await checked(verify, bearerToken(request.headers));
    return { userId: checkedUserId(claims[userClaim], `The token's ${userClaim}`) };
  };
}

type Verify = (token: string) => Promise<{ payload: JWTPayload }>;

function verifier(key: JwtKey, options: JWTVerifyOptions): Verify {
  if ("secret" in key) {
    const secret = new TextEncoder().encode(key.secret);
    return (token) => jwtVerify(token, secret, { ...options, algorithms: HMAC });
  }
  if ("publicKeyPem" in key) {
    const publicKey = parsePublicKey(key.publicKeyPem);
    const algorithms = publicKey.asymmetricKeyType === "rsa" ? RSA : CURVES;
    return (token) => jwtVerify(token, publicKey, { ...options, algorithms });
  }
  const keySet = createRemoteJWKSet(new URL(key.jwksUrl), {
    cooldownDuration: KEY_FETCH_COOLDOWN_MS,
    timeoutDuration: KEY_FETCH_TIMEOUT_MS,
  });
  return (token) => jwtVerify(token, keySet, { ...options, algorithms: [...RSA, ...CURVES] });
}

function parsePublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new ChatKitError("config_invalid", { message: "jwt_public_key_file: expected a public key in PEM form", cause });
  }
}

function bearerToken(headers: Headers): string {
  const value = headers.get("authorization");
  if (value === null) throw new ChatKitError("unauthenticated", { message: "A bearer token is needed." });
  const token = /^bearer +(\S+)$/i.exec(value)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw new ChatKitError("invalid_token");
  return token;
}

async function checked(verify: Verify, token: string): Promise<JWTPayload> {
  try {
    return (await verify(token)).payload;
  } catch (cause) {
    // The reason stays here: it would help whoever forges one. Keys that cannot be fetched are not the token's fault.
    if (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout) && cause.code !== "ERR_JOSE_GENERIC") {
      throw new ChatKitError("invalid_token", { cause });
    }
    throw new ChatKitError("internal", { status: 503, message: "Tokens cannot be checked right now.", cause });
  }
}
