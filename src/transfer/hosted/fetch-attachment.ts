import { open, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeAll } from "../../store/durable-files.ts";
import { attachmentPath, type SavedPaths } from "../saved/folder.ts";
import { requireFetchable } from "./address-rules.ts";
import { RequestFailure } from "./request-failure.ts";
import type { Source } from "./hosted-api.ts";
import type { Requests } from "./requests.ts";

/** The largest file that the hosted product accepts. */
const MAX_BYTES = 512 * 1024 ** 2;
const MAX_REDIRECTS = 5;
/** After so many failures in a row a host is not asked again: the import must not wait for its pictures. */
const FAILURES_IN_A_ROW = 10;

type Fetched = { sha256: string; bytes: number; mediaType: string | null };

/** Fetches attachments into files that are named by their hash: no path contains text of others, and equal files are stored once. */
export class AttachmentFetcher {
  #number = 0;
  readonly #api: URL;
  readonly #failures = new Map<string, { count: number; reason: string }>();

  constructor(
    private readonly paths: SavedPaths,
    private readonly requests: Requests,
    private readonly source: Source,
    private readonly maxBytes = MAX_BYTES,
  ) {
    this.#api = new URL(source.baseUrl);
  }

  /** @throws RequestFailure with the reason when it cannot be fetched */
  async fetch(address: string): Promise<Fetched> {
    let url: URL | null = URL.parse(address);
    for (let redirects = 0; url !== null && redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.#get(url);
      if (!(answer instanceof Redirect)) return answer;
      url = URL.parse(answer.location, url.href);
    }
    throw new RequestFailure(url === null ? "its address is none" : "it redirects without an end");
  }

  /** Fetches without the key, as a browser would. Only when the API's own server refuses that, it is sent the key, which it knows. */
  async #get(url: URL): Promise<Fetched | Redirect> {
    const plain = { url: url.href, headers: { "accept-encoding": "identity" } };
    try {
      return await this.#ask(plain);
    } catch (thrown) {
      const wantsKey = thrown instanceof RequestFailure && thrown.status === 401 && url.origin === this.#api.origin;
      if (!wantsKey) throw thrown;
      return this.#ask({ ...plain, headers: { ...plain.headers, authorization: `Bearer ${this.source.apiKey}` } });
    }
  }

  async #ask(ask: { url: string; headers: Record<string, string> }): Promise<Fetched | Redirect> {
    const url = new URL(ask.url);
    const failures = this.#failures.get(url.host);
    if (failures && failures.count >= FAILURES_IN_A_ROW) throw new RequestFailure(`${url.host} was given up: ${failures.reason}`);
    try {
      const ip = await requireFetchable(url, this.#api);
      const secrets = [this.source.apiKey];
      const fetched = await this.requests.get({ ...ask, secrets, ip }, (response, body) => this.#store(response, body));
      this.#failures.delete(url.host);
      return fetched;
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      if (thrown.location !== undefined) return new Redirect(thrown.location);
      // Checked again, since other requests to the host may have failed meanwhile.
      const count = (this.#failures.get(url.host)?.count ?? 0) + 1;
      if (thrown.isPassing) this.#failures.set(url.host, { count, reason: thrown.message });
      throw thrown;
    }
  }

  async #store(response: Response, body: AsyncIterable<Uint8Array>): Promise<Fetched> {
    await mkdir(this.paths.incoming, { recursive: true, mode: 0o700 });
    const incoming = join(this.paths.incoming, String(this.#number++));
    try {
      const { sha256, bytes } = await write(incoming, body, this.maxBytes);
      const { folder, file } = attachmentPath(this.paths, sha256);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(incoming, file);
      await syncFolder(folder);
      return { sha256, bytes, mediaType: response.headers.get("content-type") };
    } finally {
      await rm(incoming, { force: true });
    }
  }
}

class Redirect {
  constructor(readonly location: string) {}
}

async function write(path: string, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ sha256: string; bytes: number }> {
  const hash = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  const file = await open(path, "w", 0o600);
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      await writeAll(file, chunk, bytes);
      if ((bytes += chunk.length) > maxBytes) throw new RequestFailure(`it has more than ${maxBytes} bytes`);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), bytes };
}
