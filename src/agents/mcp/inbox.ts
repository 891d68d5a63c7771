import { Awaited } from "./awaited.ts";
import { countTokens } from "./count-tokens.ts";

type Transport = {
  onmessage?(message: unknown): void;
  onerror?(error: Error): void;
  send(message: unknown, ...options: unknown[]): Promise<void>;
  close(): Promise<void>;
};

/** Log messages, which nothing here uses and which servers send most of, in the order of keys that the MCP libraries write. */
const LOG_MESSAGE = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"method"\s*:\s*"notifications\/message"/;
const HEAD = 100;
/** A longer message is parsed only if a call waits for it; of this length the worst takes some ten milliseconds. */
const LONG = 64 * 1024;
/** An answer with more takes too long to parse, in which the whole server would stand still. */
const MAX_TOKENS = 50_000;
const PERIOD_MS = 60_000;
/** JSON-RPC's code for an error within. */
const INTERNAL_ERROR = -32603;

/** Gives the lines that a child sends to the transport as messages, and leaves out those that would only block the event loop (CWE-400). */
export class Inbox {
  readonly #awaited = new Awaited();
  #dropped = 0;
  #toldAt = -Infinity;

  constructor(
    private readonly transport: Transport,
    private readonly log: (line: string) => void,
    private readonly deserialize: (line: string) => unknown,
  ) {
    const { send } = transport;
    transport.send = (message, ...options) => {
      this.#awaited.sent(message);
      return send.call(transport, message, ...options);
    };
  }

  receive(line: Buffer): void {
    if (LOG_MESSAGE.test(line.toString("latin1", 0, HEAD))) return;
    if (line.length <= LONG) return this.#parse(line);
    const id = this.#awaited.answeredBy(line);
    if (id === undefined) return this.#drop(line);
    if (countTokens(line, MAX_TOKENS) > MAX_TOKENS) return this.#refuse(id);
    this.#parse(line);
  }

  async fail(error: Error): Promise<void> {
    this.transport.onerror?.(error);
    await this.transport.close().catch(() => {});
  }

  #parse(line: Buffer): void {
    try {
      this.#give(this.deserialize(line.toString("utf8")));
    } catch (error) {
      // Some servers print text that is not JSON before they begin: it is ignored.
      if (!(error instanceof SyntaxError)) this.transport.onerror?.(error as Error);
    }
  }

  #give(message: unknown): void {
    this.#awaited.received(message);
    this.transport.onmessage?.(message);
  }

  #refuse(id: string | number): void {
    this.#give({ jsonrpc: "2.0", id, error: { code: INTERNAL_ERROR, message: "The answer of the tool has too many values." } });
  }

  #drop({ length }: Buffer): void {
    this.#dropped += 1;
    if (performance.now() - this.#toldAt < PERIOD_MS) return;
    this.#toldAt = performance.now();
    this.log(`dropped a message of ${length} bytes that no call waits for, ${this.#dropped} since the start`);
  }
}
