import { errors } from "jose";
import { ChatKitError } from "../errors.ts";

const REASONS: Record<string, string> = {
  ERR_JOSE_ALG_NOT_ALLOWED: "algorithm",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "signature",
  ERR_JWKS_NO_MATCHING_KEY: "unknown_key",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "ambiguous_key",
  ERR_JWS_INVALID: "malformed",
  ERR_JWT_INVALID: "malformed",
  ERR_JOSE_NOT_SUPPORTED: "malformed",
};
const CLAIMS: Record<string, string> = { iss: "issuer", aud: "audience", exp: "no_expiry", nbf: "not_yet_valid", iat: "issued_at" };

/**
 * The refusal of a token; `reason` is for the log. The client only learns whether a new token would help: to know which check failed
 * would help somebody who forges one. The challenge has the form of RFC 6750.
 */
export function tokenRefused(reason: string, cause?: unknown): ChatKitError {
  const message = reason === "expired" ? "The token has expired." : "The token is not valid.";
  return new ChatKitError("invalid_token", { message, reason, challenge: `Bearer error="invalid_token", error_description="${message}"`, cause });
}

/** The check that failed, by the error of the verification. Any error not listed here comes from a key that cannot be used. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired) return "expired";
  if (thrown instanceof errors.JWTClaimValidationFailed) return CLAIMS[thrown.claim] ?? "user";
  return (thrown instanceof errors.JOSEError && REASONS[thrown.code]) || "unusable_key";
}
