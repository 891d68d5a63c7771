/** The hosted backend that conversations come from: its lists, attachments, limits and errors. It never changes anything there. */
import { TransferError } from "../transfer-error.ts";
import { CursorLost, parseListPage, type ListPage } from "./list-page.ts";
import { RequestFailure } from "./request-failure.ts";
import type { Requests } from "./requests.ts";

/** Page sizes: the largest that the API allows, and smaller ones for when such a page would take too much memory. */
const PAGE_SIZES = ["100", "10", "1"];
const MAX_PAGE_BYTES = 64 * 1024 ** 2;

export type Source = { baseUrl: string; apiKey: string };

/** The source does not have the thread (any more). */
export class ThreadGone extends Error {}

/**
 * The threads of the hosted backend, requested as by its own client (`openai`, beta.chatkit.threads). Trouble with all requests is a
 * TransferError with `isMisuse`; trouble with one list is a RequestFailure, a ListBroken or one of the above.
 */
export class HostedApi {
  /** The address for messages, without credentials and query. */
  readonly shownUrl: string;

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
      return await this.#page(`/chatkit/threads/${encodeURIComponent(threadId)}/items`, { order: "asc", after });
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      if (after !== undefined && (thrown.status === 400 || thrown.status === 404)) throw new CursorLost(thrown.message, thrown);
      if (thrown.status === 404 || thrown.status === 410) throw new ThreadGone();
      throw thrown;
    }
  }

  /** The error to report for the key, if the failure is a refusal. Not for a single refused thread: the key may be good for all others. */
  keyTrouble({ status, message }: RequestFailure): TransferError | undefined {
    if (status === 401) return new TransferError(`the key in OPENAI_API_KEY is not accepted by ${this.shownUrl} (${message})`, true);
    if (status === 403) return new TransferError(`the key in OPENAI_API_KEY has no right to read ChatKit threads (${message})`, true);
    return undefined;
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
    if (status < 300 || status >= 400) return this.keyTrouble(thrown);
    return new TransferError(`${this.shownUrl} answers with a redirect (${message}): is OPENAI_BASE_URL right?`, true);
  }

  #asUnavailable(thrown: unknown, after: string | undefined): Error | undefined {
    if (!(thrown instanceof RequestFailure) || thrown.status === undefined) return undefined;
    const { status, message } = thrown;
    if (after !== undefined && (status === 400 || status === 404)) return new CursorLost(message, thrown);
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
