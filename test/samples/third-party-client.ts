/**
 * A client as people write them by hand: it knows the operations from reading about them, sends what its own types allow, reads
 * the stream line by line, and leaves answers unread that it has no use for.
 */
export type LooseEvent = { type: string; [field: string]: any }; // a client of somebody else's: nothing is known of what it gets

const OF_ITS_OWN = { user: "ada", platform: "web", session: { id: 7, nested: [null, true] } };

export class ThirdPartyClient {
  constructor(
    readonly url: string,
    readonly headers: Record<string, string> = { "x-user-id": "ada" },
  ) {}

  /** A body with keys that nobody asked for, in all its objects. */
  send(type: string, params: object, init: RequestInit = {}): Promise<Response> {
    const body = { type, params: { ...params, client_version: "0.3", extra: OF_ITS_OWN }, metadata: { trace: OF_ITS_OWN }, ...OF_ITS_OWN };
    const headers = { "Content-Type": "application/json; charset=utf-8", ...this.headers };
    return fetch(this.url, { method: "POST", headers, body: JSON.stringify(body), ...init });
  }

  async json<T = LooseEvent>(type: string, params: object): Promise<T> {
    const response = await this.send(type, params);
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async stream(type: string, params: object, init: RequestInit = {}): Promise<LooseEvent[]> {
    return Array.fromAsync(this.events(await this.send(type, params, init)));
  }

  /** Line by line, trimmed, with no idea of what an SSE comment is. */
  async *events(response: Response): AsyncGenerator<LooseEvent> {
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    let buffer = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      buffer += decoder.decode(next.value, { stream: true });
      const lines = buffer.split("\n");
      buffer = lines.pop() ?? "";
      for (const line of lines) if (line.trim().startsWith("data: ")) yield JSON.parse(line.trim().slice(6)) as LooseEvent;
    }
  }

  /** The words of a message with all that this client's types allow in it. */
  input(text: string, more: object = {}): object {
    const content = [{ type: "input_text", text, annotations: [], id: "local-1" }];
    return { content, attachments: [], quoted_text: "", inference_options: null, client_id: crypto.randomUUID(), ...more };
  }
}
