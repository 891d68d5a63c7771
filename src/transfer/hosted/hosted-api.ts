/** The hosted backend that conversations come from: its lists, attachments, limits and errors. It never changes anything over there. */
import { TransferError } from "../transfer-error.ts";
import { parseListPage, type ListPage } from "./list-page.ts";
import { RequestFailure } from "./request-failure.ts";
import type { Requests } from "./requests.ts";

/** How many to ask for: the most that the API answers at once, and fewer when those are more than one wants in memory. */
const PAGE_SIZES = ["100", "10", "1"];
const MAX_PAGE_BYTES = 64 * 1024 ** 2;

export type Source = { baseUrl: string; apiKey: string };

/** An item or a thread to go on from is not there any more: the list has to be read from its beginning. */
export class CursorLost extends Error {}
/** The source does not have the thread (any more). */
export class ThreadGone extends Error {}

/**
 * The hosted backend's threads, as its own client asks for them (`openai`, beta.chatkit.threads).
 * What concerns all of them is a TransferError, misuse; what concerns one list is a RequestFailure, ListBroken, or one of the above.
 */
export class HostedApi {
  /** As it may be shown: without the credentials or the query that an address can have. */
  readonly shownUrl: string;
  #hasReadItems = false;

  constructor(
    private readonly source: Source,
    private readonly requests: Requests,
  ) {
    const { origin, pathname } = new URL(source.baseUrl);
    this.shownUrl = origin + pathname.replace(/\/+$/, "");
  }

  /** Newest first. */
  async threads(after: string | undefined, user: string | undefined): Promise<ListPage> {
    try {
      return await this.#page("/chatkit/threads", { order: "desc", after, user });
    } catch (thrown) {
      throw this.#asGeneral(thrown) ?? this.#asUnavailable(thrown, after) ?? thrown;
    }
  }

  /** Oldest first. */
  async items(threadId: string, after: string | undefined): Promise<ListPage> {
    try {
      const page = await this.#page(`/chatkit/threads/${encodeURIComponent(threadId)}/items`, { order: "asc", after });
      this.#hasReadItems = true;
      return page;
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      if (after !== undefined && (thrown.status === 400 || thrown.status === 404)) throw new CursorLost();
      if (thrown.status === 404 || thrown.status === 410) throw new ThreadGone();
      // A key that may list threads and read none of them has no right to their items; one that has read others has.
      if (thrown.status === 401 || !this.#hasReadItems) throw this.#asGeneral(thrown) ?? thrown;
      throw thrown;
    }
  }

  async #page(path: string, query: Record<string, string | undefined>): Promise<ListPage> {
    const url = new URL(this.source.baseUrl);
    url.pathname = url.pathname.replace(/\/+$/, "") + path;
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    for (const limit of PAGE_SIZES) {
      url.searchParams.set("limit", limit);
      const body = await this.requests.get({ url: url.href, headers: this.#headers(), secrets: [this.source.apiKey] }, takePage);
      if (body !== "too large") return body;
    }
    throw new RequestFailure(`one entry has more than ${MAX_PAGE_BYTES / 1024 ** 2} MiB`);
  }

  #headers() {
    return { accept: "application/json", authorization: `Bearer ${this.source.apiKey}`, "openai-beta": "chatkit_beta=v1" };
  }

  #asGeneral(thrown: unknown): TransferError | undefined {
    if (!(thrown instanceof RequestFailure)) return undefined;
    const { status = 0, message } = thrown;
    if (status === 401) return new TransferError(`the key in OPENAI_API_KEY is not accepted by ${this.shownUrl} (${message})`, true);
    if (status === 403) return new TransferError(`the key in OPENAI_API_KEY has no right to read ChatKit threads (${message})`, true);
    if (status < 300 || status >= 400) return undefined;
    return new TransferError(`${this.shownUrl} answers with a redirect (${message}): is OPENAI_BASE_URL right?`, true);
  }

  #asUnavailable(thrown: unknown, after: string | undefined): Error | undefined {
    if (!(thrown instanceof RequestFailure) || thrown.status === undefined) return undefined;
    const { status, message } = thrown;
    if (after !== undefined && (status === 400 || status === 404)) return new CursorLost();
    if (status === 404 || status === 410) {
      return new TransferError(`${this.shownUrl} has no ChatKit threads (${message}): is OPENAI_BASE_URL right?`, true);
    }
    return thrown.isPassing ? undefined : new TransferError(`${this.shownUrl} refuses to list threads (${message})`, true);
  }
}

async function takePage(_: Response, body: AsyncIterable<Uint8Array>): Promise<ListPage | "too large"> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    if ((length += chunk.length) > MAX_PAGE_BYTES) return "too large";
  }
  return parseListPage(Buffer.concat(chunks));
}
