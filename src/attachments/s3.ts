import { ChatKitError } from "../errors.ts";
import type { ByteStore, StoredBytes } from "./byte-store.ts";
import { requireKey } from "./byte-store.ts";

export type S3Options = {
  bucket: string;
  /** Before every key, such as `chat/`. @default none */
  prefix?: string;
  /** @default Amazon's, of the region */
  endpoint?: string | undefined;
  region?: string | undefined;
  /** The bucket is in the host name of the endpoint, not in the path. @default false with an endpoint, else true */
  virtualHosted?: boolean | undefined;
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
  sessionToken?: string | undefined;
};

/** How long one answer may take, and how long the service may take nothing of a body. */
const TIMEOUT_MS = 15_000;
const STALLED_MS = 30_000;
const PART_BYTES = 5 * 1024 ** 2;

/** Objects in a bucket of Amazon S3, or of any service that speaks its API. An object is whole or not there. */
export class S3Bytes implements ByteStore {
  readonly #client: Bun.S3Client;
  readonly #prefix: string;

  constructor({ prefix = "", virtualHosted, ...options }: S3Options) {
    this.#prefix = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#client = new Bun.S3Client({ ...given, virtualHostedStyle: virtualHosted ?? options.endpoint === undefined });
  }

  async write(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#pathOf(key);
    const paced = new Paced(chunks);
    try {
      // A stream, since Bun ends the upload without an object when it breaks off; its writer would store what it has.
      const body = new Response(paced.stream() as unknown as ReadableStream);
      await Promise.race([this.#client.write(path, body, { partSize: PART_BYTES, queueSize: 1, type: "application/octet-stream" }), paced.stalled]);
    } catch (error) {
      throw paced.failure ?? translated(error);
    } finally {
      paced.end();
    }
  }

  async open(key: string): Promise<StoredBytes | undefined> {
    const file = this.#client.file(this.#pathOf(key));
    try {
      const { size } = await inTime(file.stat());
      return { size, part: (start, end) => file.slice(start, end).stream(), all: async () => new Uint8Array(await file.arrayBuffer()) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw translated(error);
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await inTime(this.#client.delete(path));
    } catch (error) {
      if (!isMissing(error)) throw translated(error);
    }
  }

  async *list(): AsyncGenerator<{ key: string; writtenAt: number }, void> {
    for (let after: string | undefined; ; ) {
      const page = await inTime(this.#client.list({ prefix: this.#prefix, ...(after !== undefined && { startAfter: after }) })).catch((error: unknown) => {
        throw translated(error);
      });
      for (const { key, lastModified } of page.contents ?? []) {
        yield { key: key.slice(this.#prefix.length), writtenAt: Date.parse(String(lastModified)) };
      }
      after = page.contents?.at(-1)?.key;
      if (!page.isTruncated || after === undefined) return;
    }
  }

  /** A URL to which a client may send the bytes by itself. It binds neither their size nor their type. */
  uploadUrl(key: string, expiresInS: number): string {
    return this.#client.presign(this.#pathOf(key), { method: "PUT", expiresIn: expiresInS });
  }

  #pathOf(key: string): string {
    requireKey(key);
    return this.#prefix + key;
  }
}

/** Chunks on their way to the service: notes what they failed with, and whether the service has stopped taking them. */
class Paced {
  failure: unknown;
  readonly #chunks: AsyncIterable<Uint8Array>;
  readonly #stalled = Promise.withResolvers<never>();
  #timer: Timer | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
    this.#stalled.promise.catch(() => {});
  }

  get stalled(): Promise<never> {
    return this.#stalled.promise;
  }

  async *stream(): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of this.#chunks) {
        this.#watch();
        // A copy, since nobody says when Bun has read it.
        yield chunk.slice();
        clearTimeout(this.#timer);
      }
      this.#watch();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stalled.reject(new Error("the service has stopped taking the file")), STALLED_MS);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error("the service does not answer")), TIMEOUT_MS)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code);
const isMissing = (error: unknown) => /^(NoSuchKey|NotFound|404)$/.test(codeOf(error));

function translated(error: unknown): ChatKitError {
  const isFull = /Quota|StorageFull|InsufficientStorage|EntityTooLarge/i.test(codeOf(error));
  return isFull ? new ChatKitError("storage_full", { cause: error, reason: "bucket_full" }) : new ChatKitError("storage_unavailable", { cause: error });
}
