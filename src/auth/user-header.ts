import { ChatKitError } from "../errors.ts";

const MAX_USER_ID_LENGTH = 256;

/**
 * The user a header names, or undefined when it is absent: its bytes, for two names that look alike are two users. A header that was
 * sent twice arrives as one value joined by a comma: somebody added a name to the one the proxy set, and which is whose can no longer
 * be told (CWE-290).
 * @throws ChatKitError unauthenticated
 */
export function userFromHeader(headers: Headers, name: string): string | undefined {
  const value = headers.get(name);
  if (value === null) return undefined;
  const refused = (why: string, reason: string) => new ChatKitError("unauthenticated", { message: `${name} ${why}.`, reason });
  if (value.includes(",")) throw refused("must name one user", "several_users");
  if (value === "") throw refused("is empty", "no_user");
  if (!isUserId(value)) throw refused("is too long", "user_too_long");
  return value;
}

/**
 * Whether this can be the owner of rows. Halves of surrogate pairs, which a token's JSON may hold, would be written down as one and
 * the same character, and NUL not at all: such users would share what is theirs.
 */
export function isUserId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_USER_ID_LENGTH && value.isWellFormed() && !value.includes("\0");
}
