import { ChatKitError } from "../errors.ts";
import type { Links } from "../protocol/serialize.ts";
import { storedUrl } from "../store/attachment-uses.ts";
import type { SigningKey } from "../store/store.ts";
import type { Grant, UrlSigner } from "./url-tokens.ts";

export type { Grant };

type Options = {
  keys: () => Promise<SigningKey[]>;
  publicUrl: string;
  now: () => number;
};
type Signing = { signer: UrlSigner; readableUntil: (nowMs: number) => number; loadedAt: number };

const UPLOAD_S = 3600;
/** A key that another process has made signs here after this time; one that was deleted is believed no longer. */
const RELOAD_MS = 60_000;
/** Made-up keys must not cost a query each. */
const RELOAD_PAUSE_MS = 1000;

/** The signed URLs of one server. The keys are the database's, so that all its processes agree. */
export class SignedUrls {
  readonly #options: Options;
  #known: Signing | undefined;
  #loading: Promise<Signing> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  async upload(userId: string, attachmentId: string): Promise<string> {
    const { signer } = await this.#current(RELOAD_MS);
    const expiresAt = Math.floor(this.#options.now() / 1000) + UPLOAD_S;
    return this.#url(attachmentId, signer.sign({ purpose: "upload", userId, attachmentId, expiresAt }));
  }

  async forUser(userId: string): Promise<Links> {
    // Not waited for once there are keys: every answer begins with this, also while the database is away.
    if (this.#known) void this.#current(RELOAD_MS).catch(() => {});
    const { signer, readableUntil } = this.#known ?? (await this.#current(RELOAD_MS));
    const expiresAt = readableUntil(this.#options.now());
    return (url) => {
      const stored = storedUrl(url);
      if (!stored) return url;
      const { attachmentId, purpose, version } = stored;
      const token = signer.sign({ purpose, userId, attachmentId, expiresAt });
      return this.#url(attachmentId, token) + (version ? `&v=${version}` : "");
    };
  }

  /** @throws ChatKitError forbidden, also for a token of another attachment */
  async granted(attachmentId: string, token: string): Promise<Grant> {
    const now = this.#options.now();
    let { signer } = await this.#current(RELOAD_MS);
    if (!signer.knows(token)) ({ signer } = await this.#current(RELOAD_PAUSE_MS));
    const grant = signer.read(token, now);
    if (grant?.attachmentId === attachmentId) return grant;
    throw new ChatKitError("forbidden", { message: "This link is not valid, or no longer.", reason: "link" });
  }

  #url(attachmentId: string, token: string): string {
    return `${this.#options.publicUrl}/attachments/${attachmentId}?token=${token}`;
  }

  async #current(maxAgeMs: number): Promise<Signing> {
    const known = this.#known;
    if (known && this.#options.now() - known.loadedAt < maxAgeMs) return known;
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    // While the database is away the keys that are known serve on.
    return known ? this.#loading.catch(() => known) : this.#loading;
  }

  async #load(): Promise<Signing> {
    // Loaded with the first file: most chats have none.
    const [keys, { UrlSigner, readableUntil }] = await Promise.all([this.#options.keys(), import("./url-tokens.ts")]);
    return (this.#known = { signer: new UrlSigner(keys), readableUntil, loadedAt: this.#options.now() });
  }
}
