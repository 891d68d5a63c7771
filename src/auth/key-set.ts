import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import { fetchKeySet } from "./fetch-key-set.ts";
import { isUsable } from "./jwt-key.ts";

/** How long a fetched set is used before it is fetched again. A key that was revoked meanwhile is accepted until then. */
const FRESH_MS = 10 * 60_000;
/** How long a set is used while no newer one can be fetched. */
const LAST_GOOD_MS = 24 * 3_600_000;
/** How long a token waits for a newer key set while the last one can still be used. */
const PATIENCE_MS = 250;
/** The least time between two fetches for a token whose key is not in the set: anybody can make up such tokens (CWE-770). */
const LOOK_AGAIN_MS = 30_000;
/** The pause after a failed fetch; it doubles with each further failure. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

type Known = { find: JWTVerifyGetKey; fetchedAt: number };

/**
 * The public keys of an issuer, from its address. They are fetched when a token needs them, one request at a time. A server that fails
 * is asked again after 1, 2, 4 … 30 seconds, however many tokens come; until then the last good set is used, for at most a day.
 */
export class KeySet {
  #known: Known | undefined;
  #fetching: Promise<void> | undefined;
  #failures = 0;
  #retryAt = 0;
  #lookedAgainAt = Number.NEGATIVE_INFINITY;
  #leftOut = 0;
  /** The address for the log: without the password, the query and what follows a `;`, where secrets may be. */
  readonly #shownUrl: string;

  /** @param now a clock in milliseconds that never goes back */
  constructor(
    private readonly url: string,
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {
    const { origin, pathname } = new URL(url);
    this.#shownUrl = origin + pathname.replace(/;.*/, "");
  }

  /** The key that a token names. @throws ChatKitError 503 when no set can be fetched; JOSEError when the set has no such key */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const before = this.#known;
    const known = await this.#present();
    try {
      return await known.find(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey) || known !== before) throw thrown;
      const newer = await this.#lookAgain();
      if (newer === undefined || newer === known) throw thrown;
      return newer.find(header, token);
    }
  };

  async #present(): Promise<Known> {
    const isFresh = this.#ageMs() < FRESH_MS;
    if (this.#known && isFresh) return this.#known;
    const isFailing = this.#failures > 0;
    const fetching = this.#fetch();
    // While the last key set can still be used, nobody waits for a server that fails, and only briefly for a slow one.
    if (!this.#known || this.#ageMs() >= LAST_GOOD_MS) await fetching;
    else if (!isFailing) await Promise.race([fetching, Bun.sleep(PATIENCE_MS)]);
    if (this.#known && this.#ageMs() < LAST_GOOD_MS) return this.#known;
    const retryAfterS = Math.max(1, Math.ceil((this.#retryAt - this.now()) / 1000));
    throw new ChatKitError("internal", { status: 503, message: "Tokens cannot be checked right now.", reason: "keys_unavailable", retryAfterS });
  }

  /** Fetches the set again, if the last such look is long enough ago. */
  async #lookAgain(): Promise<Known | undefined> {
    if (this.#fetching === undefined) {
      const now = this.now();
      if (now - this.#lookedAgainAt < LOOK_AGAIN_MS || now < this.#retryAt) return this.#known;
      this.#lookedAgainAt = now;
    }
    await this.#fetch();
    return this.#known;
  }

  #ageMs(): number {
    return this.now() - (this.#known?.fetchedAt ?? Number.NEGATIVE_INFINITY);
  }

  /** Waits for the fetch under way, or begins one unless a failure is too recent. Never rejects. */
  #fetch(): Promise<void> {
    if (this.#fetching) return this.#fetching;
    if (this.now() < this.#retryAt) return Promise.resolve();
    return (this.#fetching = this.#update().finally(() => (this.#fetching = undefined)));
  }

  async #update(): Promise<void> {
    try {
      const keys = await fetchKeySet(this.url);
      const usable = keys.filter(isUsable);
      if (usable.length === 0) throw new Error(`none of its ${keys.length} keys can be used`);
      this.#known = { find: createLocalJWKSet({ keys: usable }), fetchedAt: this.now() };
      this.#tellGood(keys.length - usable.length);
    } catch (thrown) {
      this.#tellFailed(thrown);
    }
  }

  #tellGood(leftOut: number): void {
    if (this.#failures > 0) this.logger.info({ url: this.#shownUrl }, "the key set has been fetched again");
    if (leftOut > 0 && leftOut !== this.#leftOut) this.logger.warn({ url: this.#shownUrl, keys: leftOut }, "keys of the set are left out: too weak, private, or of another type");
    this.#leftOut = leftOut;
    this.#failures = 0;
    this.#retryAt = 0;
  }

  #tellFailed(thrown: unknown): void {
    const retryMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryAt = this.now() + retryMs;
    const isServing = this.#known !== undefined && this.#ageMs() < LAST_GOOD_MS;
    const meanwhile = isServing ? "the last good one serves" : "no token can be checked";
    this.logger[isServing ? "warn" : "error"]({ url: this.#shownUrl, err: thrown, retry_s: retryMs / 1000 }, `the key set cannot be fetched; meanwhile ${meanwhile}`);
  }
}
