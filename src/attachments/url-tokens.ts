import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { SigningKey } from "../store/store.ts";

/** What a signed URL allows, to whoever has it. */
export type Grant = {
  purpose: "upload" | "file" | "preview";
  userId: string;
  attachmentId: string;
  /** In seconds since 1970. */
  expiresAt: number;
};

type DerivedKey = { id: Buffer; encryption: Buffer; nonces: Buffer };

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 4;
const PURPOSES: readonly string[] = ["upload", "file", "preview"] satisfies Grant["purpose"][];
const CIPHER = "aes-256-gcm";
const DAY_S = 86_400;
/** The shortest time for which a URL to read from is good. */
const READABLE_DAYS = 7;

/**
 * Makes and reads the tokens of signed URLs. They are encrypted, since they name the user, and often by an e-mail address; equal grants have
 * equal tokens, so that a browser finds again what it has in its cache.
 */
export class UrlSigner {
  readonly #keys: DerivedKey[];

  /** @param keys newest first, at least one */
  constructor(keys: readonly SigningKey[]) {
    this.#keys = keys.map(({ id, secret }) => {
      const derive = (use: string) => createHmac("sha256", Buffer.from(secret, "hex")).update(use).digest();
      return { id: Buffer.from(id, "hex"), encryption: derive("encryption"), nonces: derive("nonces") };
    });
  }

  sign({ purpose, userId, attachmentId, expiresAt }: Grant): string {
    const { id, encryption, nonces } = this.#keys[0]!;
    const text = JSON.stringify([purpose, attachmentId, expiresAt, userId]);
    // Made of the text, so that a nonce is never used for two different ones.
    const nonce = createHmac("sha256", nonces).update(text).digest().subarray(0, NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, encryption, nonce).setAAD(id);
    const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([id, nonce, encrypted, cipher.getAuthTag()]).toString("base64url");
  }

  /** Undefined for a token that is not of one of these keys, or has expired. */
  read(token: string, nowMs: number): Grant | undefined {
    const bytes = Buffer.from(token, "base64url");
    const key = this.#keyOf(bytes);
    // Decoding ignores what belongs to no byte: one grant has one token.
    if (bytes.toString("base64url") !== token) return undefined;
    if (!key || bytes.byteLength <= ID_BYTES + NONCE_BYTES + TAG_BYTES) return undefined;
    const text = decrypted(key, bytes.subarray(ID_BYTES));
    if (text === undefined) return undefined;
    const [purpose, attachmentId, expiresAt, userId] = JSON.parse(text) as [Grant["purpose"], string, number, string];
    return PURPOSES.includes(purpose) && expiresAt * 1000 > nowMs ? { purpose, attachmentId, expiresAt, userId } : undefined;
  }

  /** Whether a key of this id is known: if not, another process may have made it. */
  knows(token: string): boolean {
    return this.#keyOf(Buffer.from(token, "base64url")) !== undefined;
  }

  #keyOf(bytes: Buffer): DerivedKey | undefined {
    return this.#keys.find(({ id }) => id.equals(bytes.subarray(0, ID_BYTES)));
  }
}

function decrypted({ id, encryption }: DerivedKey, bytes: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, encryption, bytes.subarray(0, NONCE_BYTES)).setAAD(id).setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    // Another key, or bytes that somebody has changed.
    return undefined;
  }
}

/** For URLs to read from: the end of a day, so that a URL stays the same all day long. */
export function readableUntil(nowMs: number): number {
  return (Math.floor(nowMs / 1000 / DAY_S) + READABLE_DAYS + 1) * DAY_S;
}
