import { ChatKitError } from "../errors.ts";

const MAX_USER_ID_LENGTH = 256;

/**
 * The user that a header names, byte for byte; undefined when there is no such header. A header that was sent twice arrives as one
 * value with a comma: the client has sent one beside the proxy's, and which name is whose can no longer be told (CWE-290).
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

/** By RFC 9110. To look for a header of any other name is an error, each time. */
export function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/**
 * Whether this can be the owner of rows. A lone surrogate, which the JSON of a token may hold, is stored as the same replacement
 * character as any other, and NUL is not stored at all: two such users would see each other's threads.
 */
export function isUserId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_USER_ID_LENGTH && value.isWellFormed() && !value.includes("\0");
}
