import { ChatKitError } from "../errors.ts";

const MAX_USER_ID_LENGTH = 256;

/**
 * The user a header names, or undefined when it is absent. A header that was sent twice arrives as one value joined by a
 * comma: somebody added a name to the one the proxy set, and which is whose can no longer be told (CWE-290).
 * @throws ChatKitError unauthenticated
 */
export function userFromHeader(headers: Headers, name: string): string | undefined {
  const value = headers.get(name);
  if (value === null) return undefined;
  const userId = value.trim();
  if (userId === "") throw new ChatKitError("unauthenticated", { message: `${name} is empty.` });
  if (userId.includes(",")) throw new ChatKitError("unauthenticated", { message: `${name} must name one user.` });
  if (userId.length > MAX_USER_ID_LENGTH) throw new ChatKitError("unauthenticated", { message: `${name} is too long.` });
  return userId;
}
