/** A ChatKit client as far as the transcripts need one: it posts a body and reads JSON or a stream. */
export type Answer = { status: number; events?: unknown[]; json?: unknown; endsWithBlankLine?: boolean };

export class Client {
  constructor(
    readonly origin: string,
    readonly user: string,
  ) {}

  /** @param options.leaveAfter closes the connection once this many events have been read */
  async post(body: string | Uint8Array, options: { contentType?: string; leaveAfter?: number } = {}): Promise<Answer> {
    const { contentType = "application/json", leaveAfter = Infinity } = options;
    const leaving = new AbortController();
    const headers = { "content-type": contentType, accept: "text/event-stream", "x-user-id": this.user };
    const response = await fetch(`${this.origin}/chatkit`, { method: "POST", body: body as string, headers, signal: leaving.signal });
    const status = response.status;
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return { status, json: await response.json() };
    const stream = await readEvents(response, leaveAfter);
    leaving.abort();
    return { status, ...stream };
  }

  async fetch(path: string, init: RequestInit): Promise<Response> {
    return fetch(this.origin + path, { ...init, headers: { "x-user-id": this.user } });
  }
}

async function readEvents(response: Response, leaveAfter: number): Promise<Required<Pick<Answer, "events" | "endsWithBlankLine">>> {
  const events: unknown[] = [];
  let rest = "";
  let data: string | undefined;
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      // Like the real client: comments are skipped, and an event without its blank line is dropped.
      if (line.startsWith("data: ")) data = line.slice(6);
      if (line !== "" || data === undefined) continue;
      events.push(JSON.parse(data));
      data = undefined;
      if (events.length >= leaveAfter) return { events, endsWithBlankLine: true };
    }
  }
  return { events, endsWithBlankLine: rest === "" && data === undefined };
}
