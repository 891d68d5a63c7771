/** One line of the server's log. */
export type LogLine = { number: number; fields: Record<string, unknown> & { level: string; time: string; msg?: string } };
export type ConfigLine = { option: string; value: unknown; origin: string; env: string };
export type StoredThread = { thread: Record<string, unknown>; items: ({ id: string; type: string } & Record<string, unknown>)[]; has_more: boolean };

/** The server's answers to whoever has its token. */
export class Admin {
  #lines: LogLine[] = [];

  constructor(
    private readonly base: URL,
    private readonly token: string,
  ) {}

  /** The log lines so far, newest last. @throws Error with the server's message */
  async log(): Promise<readonly LogLine[]> {
    const after = this.#lines.at(-1)?.number ?? 0;
    const found = await this.#ask<{ number: number; line: string }[]>(`panel/log?after=${after}`);
    this.#lines = [...this.#lines, ...found.map(({ number, line }) => ({ number, fields: fieldsOf(line) }))].slice(-1000);
    return this.#lines;
  }

  config(): Promise<ConfigLine[]> {
    return this.#ask("panel/config");
  }

  threads(user: string): Promise<{ data: { id: string; title?: string; created_at: string }[] }> {
    return this.#ask(`panel/threads?user=${encodeURIComponent(user)}`);
  }

  thread(id: string, user: string): Promise<StoredThread> {
    return this.#ask(`panel/threads/${encodeURIComponent(id)}?user=${encodeURIComponent(user)}`);
  }

  /** A `.widget` file filled with data. */
  widget(definition: unknown, data: unknown): Promise<unknown> {
    return this.#ask("panel/widget", { method: "POST", body: JSON.stringify({ definition, data }) });
  }

  async #ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const response = await fetch(new URL(path, this.base), { ...init, headers });
    const body = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new Error(body.message ?? `status ${response.status}`);
    return body;
  }
}

function fieldsOf(line: string): LogLine["fields"] {
  try {
    return JSON.parse(line) as LogLine["fields"];
  } catch {
    return { level: "info", time: "", msg: line };
  }
}
