/**
 * Auth: who asks: by a token (`jwt.ts`), by a header of a trusted proxy (`trusted-header.ts`), or the same user for all (`none.ts`). What a
 * user may see is never decided here: in the store, every row belongs to a user.
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
