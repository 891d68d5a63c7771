import { jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import type { Authenticator } from "./authenticator.ts";
import { bearerToken } from "./bearer-token.ts";
import { checkedPublicKey, PUBLIC_KEY_ALGORITHMS } from "./jwt-key.ts";
import { checkedSecret, HMAC } from "./jwt-secret.ts";
import { KeySet } from "./key-set.ts";
import { reasonOf, tokenRefused } from "./token-refused.ts";
import { isUserId } from "./user-header.ts";

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
  /** Told when a key set cannot be fetched. @default console */
  logger?: Logger;
};

const CLOCK_TOLERANCE_S = 5;

/**
 * Accepts a signed token in `Authorization: Bearer`. It must have a signature of the expected kind, an expiry, the expected issuer and
 * audience, and a user. Headers of the token that name a key or its address (`jku`, `x5u`, `jwk`) are ignored.
 * @throws ChatKitError config_invalid when the key is not one, or too weak
 */
export function jwtAuthenticator({ key, issuer, audience, userClaim = "sub", logger = console }: JwtOptions): Authenticator {
  const verify = verifier(key, logger, {
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ["exp", userClaim],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  });
  return async (request) => {
    const { [userClaim]: userId } = await checked(verify, bearerToken(request.headers));
    if (!isUserId(userId)) throw tokenRefused("user");
    return { userId };
  };
}

type Verify = (token: string) => Promise<{ payload: JWTPayload }>;

function verifier(key: JwtKey, logger: Logger, options: JWTVerifyOptions): Verify {
  if ("secret" in key) {
    const secret = checkedSecret(key.secret);
    return (token) => jwtVerify(token, secret, { ...options, algorithms: HMAC });
  }
  if ("publicKeyPem" in key) {
    const { key: publicKey, algorithms } = checkedPublicKey(key.publicKeyPem);
    return (token) => jwtVerify(token, publicKey, { ...options, algorithms });
  }
  const keySet = new KeySet(key.jwksUrl, logger);
  return (token) => jwtVerify(token, keySet.find, { ...options, algorithms: PUBLIC_KEY_ALGORITHMS });
}

async function checked(verify: Verify, token: string): Promise<JWTPayload> {
  try {
    return (await verify(token)).payload;
  } catch (thrown) {
    // A ChatKitError says that the key set cannot be fetched, which is not the token's fault.
    throw thrown instanceof ChatKitError ? thrown : tokenRefused(reasonOf(thrown), thrown);
  }
}
