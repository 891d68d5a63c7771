/**
 * Auth: who asks, by a token, by a header of a proxy's, or by nothing at all. What somebody may see is never decided here: the store
 * scopes every row by user.
 */
/** Who asks. All stored rows belong to a user. */
export type Principal = { userId: string };

/** In place of an address, where the app was told that it is called from within the process. */
export const IN_PROCESS = "in-process";

/**
 * Says who a request comes from. `peer` looks up the address at the other end of the connection. Ask before you wait for anything:
 * it is undefined when it cannot be told, as that of a client that has hung up already, and that never means trust.
 * @throws ChatKitError unauthenticated, invalid_token or forbidden
 */
export type Authenticator = (request: Request, peer: () => string | undefined) => Principal | Promise<Principal>;
