import { ChatKitError } from "../errors.ts";
import { tokenRefused } from "./token-refused.ts";

/** No real token is larger, and checking one takes time that grows with its size (CWE-400). */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** The token in `Authorization: Bearer`. @throws ChatKitError unauthenticated or invalid_token */
export function bearerToken(headers: Headers): string {
  const value = headers.get("authorization");
  if (value === null) {
    throw new ChatKitError("unauthenticated", { message: "A bearer token is needed.", reason: "no_token", challenge: "Bearer" });
  }
  const token = /^bearer +(\S+)$/i.exec(value)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw tokenRefused("malformed");
  return token;
}
