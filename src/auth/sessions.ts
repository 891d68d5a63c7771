import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { decodeJwt, jwtVerify, SignJWT, type JWTPayload } from "jose";
import { ChatKitError } from "../errors.ts";
import type { Store, UserScope } from "../store/store.ts";
import type { Authenticator } from "./authenticator.ts";
import { bearerToken } from "./bearer-token.ts";
import { SHORTEST_SECRET } from "./jwt-secret.ts";
import { reasonOf, tokenRefused } from "./token-refused.ts";
import { isUserId } from "./user-header.ts";

/** A session as a backend has asked for it. */
export type Session = { id: string; userId: string; expiresAt: Date };

/** A store, of which only this is needed: it tells all processes which sessions were cancelled. */
export type CancelledSessions = Pick<Store<UserScope>, "cancelSession" | "isSessionCancelled">;

const ISSUER = "chatkit-server/sessions";

/**
 * Sessions for pages that get a client secret from their own backend: it asks with the key, and hands the secret to the page as the token
 * of one user for a short time. Id and token are signed, so only cancelled ones are stored, and of those nothing that names the user.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #secret: Uint8Array;
  readonly #cancelled: CancelledSessions;

  /** @throws ChatKitError config_invalid when the key is too short */
  constructor(key: string, cancelled: CancelledSessions) {
    if (key.length < SHORTEST_SECRET) {
      throw new ChatKitError("config_invalid", { message: `session_key: shorter than ${SHORTEST_SECRET} characters, which can be guessed` });
    }
    this.#cancelled = cancelled;
    this.#key = digest(key);
    this.#secret = createHmac("sha256", key).update(ISSUER).digest();
  }

  /** @throws ChatKitError unauthenticated or invalid_token when the request does not bring the key */
  requireKey(headers: Headers): void {
    if (!timingSafeEqual(digest(bearerToken(headers)), this.#key)) throw tokenRefused("session_key");
  }

  async open(userId: string, seconds: number): Promise<Session & { token: string }> {
    const expires = Math.floor(Date.now() / 1000) + seconds;
    const jti = crypto.randomUUID();
    const told = Buffer.from(JSON.stringify([userId, expires, jti])).toString("base64url");
    const id = `cksess_${told}.${this.#signed(told)}`;
    const token = await new SignJWT({ sub: userId, jti }).setProtectedHeader({ alg: "HS256" }).setIssuer(ISSUER).setIssuedAt().setExpirationTime(expires).sign(this.#secret);
    return { id, userId, expiresAt: new Date(expires * 1000), token };
  }

  /** Ends a session: no process takes its token any more. @returns undefined when there is no such session */
  async cancel(id: string): Promise<Session | undefined> {
    const [, told = "", signature = ""] = /^cksess_([\w-]+)\.([\w-]+)$/.exec(id) ?? [];
    if (told === "" || !timingSafeEqual(digest(signature), digest(this.#signed(told)))) return undefined;
    const [userId, expires, jti] = JSON.parse(Buffer.from(told, "base64url").toString()) as [string, number, string];
    const expiresAt = new Date(expires * 1000);
    await this.#cancelled.cancelSession(jti, expiresAt);
    return { id, userId, expiresAt };
  }

  /** Accepts the tokens of sessions, and leaves all others to `next`. */
  authenticator(next: Authenticator | undefined): Authenticator {
    return (request, peer) => (isOurs(request.headers) ? this.#user(request.headers) : (next ?? refused)(request, peer));
  }

  async #user(headers: Headers): Promise<{ userId: string }> {
    const { sub, jti } = await this.#verified(bearerToken(headers));
    if (!isUserId(sub)) throw tokenRefused("user");
    if (jti === undefined || (await this.#cancelled.isSessionCancelled(jti))) throw tokenRefused("cancelled");
    return { userId: sub };
  }

  async #verified(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, this.#secret, { algorithms: ["HS256"], issuer: ISSUER, requiredClaims: ["exp", "jti"] })).payload;
    } catch (thrown) {
      throw tokenRefused(reasonOf(thrown), thrown);
    }
  }

  #signed(told: string): string {
    return createHmac("sha256", this.#secret).update(told).digest("base64url");
  }
}

/** By what the token says of itself, which only decides who checks it. */
function isOurs(headers: Headers): boolean {
  try {
    return decodeJwt(bearerToken(headers)).iss === ISSUER;
  } catch {
    return false;
  }
}

/** Where only sessions are taken: says what is wrong with the header, or that the token is of another kind. */
const refused: Authenticator = (request) => {
  bearerToken(request.headers);
  throw tokenRefused("issuer");
};

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
