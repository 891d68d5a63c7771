/**
 * Auth: who asks, by a token, by a header of a proxy's, or by nothing at all. What somebody may see is never decided here: the store
 * scopes every row by user.
 */
/** Who asks; every stored row belongs to such a user. */
export type Principal = { userId: string };

/** What `peer` returns instead of an address when `createApp` was told `inProcess` and there is no connection. */
export const IN_PROCESS = "in-process";

/**
 * Tells who a request comes from. `peer` looks up the address at the other end of the connection; call it before you await anything,
 * since it is undefined once the client has hung up. Undefined means that nothing is known, and never that the peer is trusted.
 * @throws ChatKitError unauthenticated, invalid_token or forbidden
 */
export type Authenticator = (request: Request, peer: () => string | undefined) => Principal | Promise<Principal>;
