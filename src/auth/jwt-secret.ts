import { ChatKitError } from "../errors.ts";

/** In characters. Whoever has one token can find a shorter secret by trying, without a request to this server (CWE-326). */
export const SHORTEST_SECRET = 32;

export const HMAC = ["HS256", "HS384", "HS512"];

/** @throws ChatKitError config_invalid */
export function checkedSecret(secret: string): Uint8Array {
  if (secret.length < SHORTEST_SECRET) {
    throw new ChatKitError("config_invalid", { message: `jwt_secret: shorter than ${SHORTEST_SECRET} characters, which can be guessed` });
  }
  return new TextEncoder().encode(secret);
}
