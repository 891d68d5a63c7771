/** The calls to an MCP server that wait for an answer, by their ids: a long message is worth its parsing only if it answers one. */
export class Awaited {
  readonly #ids = new Set<unknown>();

  /** Call with each message that is sent: a request waits from now on, a cancelled one no longer. */
  sent(message: unknown): void {
    const { id, method, params } = message as { id?: unknown; method?: string; params?: { requestId?: unknown } };
    if (method === "notifications/cancelled") this.#ids.delete(params?.requestId);
    else if (method !== undefined && id !== undefined) this.#ids.add(id);
  }

  /** Call with each message that came. */
  received(message: unknown): void {
    const { id, method } = message as { id?: unknown; method?: string };
    if (method === undefined) this.#ids.delete(id);
  }

  /**
   * The call that a line seems to answer. Only its ends are looked at: in an answer the id stands before or after the result, and
   * nothing else there is long.
   */
  answeredBy(line: Buffer): string | number | undefined {
    if (this.#ids.size === 0) return undefined;
    const ends = `${line.toString("latin1", 0, END)} ${line.toString("latin1", Math.max(END, line.length - END))}`;
    for (const [, text] of ends.matchAll(ID)) {
      const id = JSON.parse(text!) as string | number;
      if (this.#ids.has(id)) return id;
    }
    return undefined;
  }
}

const END = 1000;
const ID = /"id"\s*:\s*(\d{1,15}|"[\w-]*")/g;
