/** Who asks. All stored rows belong to a user. */
export type Principal = { userId: string };

/**
 * Says who a request comes from. `peer` looks up the address at the other end of the connection; undefined in
 * process and on a unix socket, where only who may open the socket can ask.
 * @throws ChatKitError unauthenticated, invalid_token or forbidden
 */
export type Authenticator = (request: Request, peer: () => string | undefined) => Principal | Promise<Principal>;
