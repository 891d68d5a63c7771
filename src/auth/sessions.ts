import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { decodeJwt, jwtVerify, SignJWT } from "jose";
import { ChatKitError } from "../errors.ts";
import type { Authenticator } from "./authenticator.ts";
import { bearerToken } from "./bearer-token.ts";
import { SHORTEST_SECRET } from "./jwt-secret.ts";
import { reasonOf, tokenRefused } from "./token-refused.ts";
import { isUserId } from "./user-header.ts";

/** A session as a backend has asked for it. */
export type Session = { id: string; userId: string; expiresAt: Date };

const ISSUER = "chatkit-server/sessions";
/** More cancelled sessions than this are not remembered: by then the oldest has long expired. */
const MAX_CANCELLED = 100_000;

/**
 * Sessions for pages that get a client secret from their own backend: it asks with the key, and hands the secret to the page as the token
 * of one user for a short time. Nothing is stored: id and token are signed.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #secret: Uint8Array;
  readonly #cancelled = new Map<string, number>();

  /** @throws ChatKitError config_invalid when the key is too short */
  constructor(key: string) {
    if (key.length < SHORTEST_SECRET) {
      throw new ChatKitError("config_invalid", { message: `session_key: shorter than ${SHORTEST_SECRET} characters, which can be guessed` });
    }
    this.#key = digest(key);
    this.#secret = createHmac("sha256", key).update(ISSUER).digest();
  }

  /** @throws ChatKitError unauthenticated or invalid_token when the request does not bring the key */
  requireKey(headers: Headers): void {
    if (!timingSafeEqual(digest(bearerToken(headers)), this.#key)) throw tokenRefused("session_key");
  }

  async open(userId: string, seconds: number): Promise<Session & { token: string }> {
    const expires = Math.floor(Date.now() / 1000) + seconds;
    const told = Buffer.from(JSON.stringify([userId, expires, crypto.randomUUID()])).toString("base64url");
    const id = `cksess_${told}.${this.#signed(told)}`;
    const token = await new SignJWT({ sub: userId, jti: id }).setProtectedHeader({ alg: "HS256" }).setIssuer(ISSUER).setIssuedAt().setExpirationTime(expires).sign(this.#secret);
    return { id, userId, expiresAt: new Date(expires * 1000), token };
  }

  /** Ends a session: this process takes its token no more. @returns undefined when there is no such session */
  cancel(id: string): Session | undefined {
    const [, told = "", signature = ""] = /^cksess_([\w-]+)\.([\w-]+)$/.exec(id) ?? [];
    if (told === "" || !timingSafeEqual(digest(signature), digest(this.#signed(told)))) return undefined;
    const [userId, expires] = JSON.parse(Buffer.from(told, "base64url").toString()) as [string, number];
    this.#forgetExpired();
    this.#cancelled.set(id, expires);
    return { id, userId, expiresAt: new Date(expires * 1000) };
  }

  /** Accepts the tokens of sessions, and leaves all others to `next`. */
  authenticator(next: Authenticator | undefined): Authenticator {
    return (request, peer) => (isOurs(request.headers) ? this.#user(request.headers) : (next ?? refused)(request, peer));
  }

  async #user(headers: Headers): Promise<{ userId: string }> {
    try {
      const { payload } = await jwtVerify(bearerToken(headers), this.#secret, { algorithms: ["HS256"], issuer: ISSUER, requiredClaims: ["exp", "jti"] });
      if (this.#cancelled.has(payload.jti ?? "")) throw tokenRefused("cancelled");
      if (!isUserId(payload.sub)) throw tokenRefused("user");
      return { userId: payload.sub };
    } catch (thrown) {
      throw thrown instanceof ChatKitError ? thrown : tokenRefused(reasonOf(thrown), thrown);
    }
  }

  #signed(told: string): string {
    return createHmac("sha256", this.#secret).update(told).digest("base64url");
  }

  #forgetExpired(): void {
    const now = Date.now() / 1000;
    for (const [id, expires] of this.#cancelled) {
      if (expires > now && this.#cancelled.size < MAX_CANCELLED) break;
      this.#cancelled.delete(id);
    }
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
