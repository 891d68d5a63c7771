import { ChatKitError } from "../errors.ts";

const MAX_USER_ID_LENGTH = 256;

/**
 * The user a header names, or undefined when it is absent: its bytes, for two names that look alike are two users. A header that was sent twice arrives as one value joined by a
 * comma: somebody added a name to the one the proxy set, and which is whose can no longer be told (CWE-290).
 * @throws ChatKitError unauthenticated
 */
export function userFromHeader(headers: Headers, name: string): string | undefined {
  const value = headers.get(name);
  if (value === null) return undefined;
  if (value.includes(",")) throw new ChatKitError("unauthenticated", { message: `${name} must name one user.` });
  return checkedUserId(value, name);
}

/** What is stored as the owner of every row. @throws ChatKitError unauthenticated, naming what was given */
export function checkedUserId(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw new ChatKitError("unauthenticated", { message: `${what} is empty.` });
  if (value.length > MAX_USER_ID_LENGTH) throw new ChatKitError("unauthenticated", { message: `${what} is too long.` });
  return value;
}
