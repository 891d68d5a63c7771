import { ChatKitError } from "../errors.ts";

type Options = {
  /** The address of the model server's API. */
  baseUrl: string;
  apiKey: string;
};
type NamedFile = { name: string; mimeType: string; data: Uint8Array };

const TIMEOUT_MS = 120_000;
/** Answers of servers that take no files at all. */
const NOT_THERE: ReadonlySet<number> = new Set([404, 405, 501]);

/** Files at the model server, as OpenAI's API has them: a large file is sent there once, and not with every message. */
export class ModelFiles {
  readonly #options: Options;
  #isThere = true;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Names the server: ids are good only there. */
  get server(): string {
    return this.#options.baseUrl;
  }

  /** The id of the copy there; undefined when the server takes none, or not now. */
  async upload({ name, mimeType, data }: NamedFile): Promise<string | undefined> {
    if (!this.#isThere) return undefined;
    const body = new FormData();
    body.append("purpose", "user_data");
    body.append("file", new File([new Uint8Array(data)], name, { type: mimeType }));
    try {
      const answer = await this.#ask("/files", { method: "POST", body });
      if (NOT_THERE.has(answer.status)) this.#isThere = false;
      const { id } = (answer.ok ? await answer.json() : {}) as { id?: unknown };
      return typeof id === "string" ? id : undefined;
    } catch {
      // Then it goes with the message.
      return undefined;
    }
  }

  /** No error when it is gone, or may not be deleted any more. @throws ChatKitError model_unavailable when trying again may help */
  async delete(id: string): Promise<void> {
    const answer = await this.#ask(`/files/${encodeURIComponent(id)}`, { method: "DELETE" }).catch((cause: unknown) => {
      throw new ChatKitError("model_unavailable", { cause });
    });
    if (answer.status >= 500 || answer.status === 429) throw new ChatKitError("model_unavailable", { cause: new Error(`status ${answer.status}`) });
  }

  #ask(path: string, init: { method: string; body?: FormData }): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#options.apiKey}` };
    return fetch(this.#options.baseUrl + path, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}
