import type { Authenticator } from "./authenticator.ts";
import { userFromHeader } from "./user-header.ts";

/**
 * Accepts everybody: for one person's own machine, and for tests.
 * @param header the header that names the user; a request without it is from the user `local`
 */
export function noAuthentication(header = "X-User-ID"): Authenticator {
  return (request) => ({ userId: userFromHeader(request.headers, header) ?? "local" });
}
