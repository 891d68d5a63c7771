import { connect, type Socket } from "bun";

/** What became of requests: answered by that status, refused by nobody listening, or cut without an answer. */
export type Outcomes = { ok: number; refused: number; reset: number };

/**
 * Asks again and again, over a new connection each time, and over connections that are kept until the server ends them with an answer.
 * Plain sockets, since a client that asks again by itself would hide what is counted here.
 */
export class Connections {
  readonly fresh: Outcomes = { ok: 0, refused: 0, reset: 0 };
  readonly kept: Outcomes = { ok: 0, refused: 0, reset: 0 };
  /** Connections that the server has ended with an answer. */
  ended = 0;
  /** The time until the slowest of all answers. */
  longestMs = 0;
  #isOver = false;
  readonly #port: number;
  readonly #request: string;

  constructor(url: string, body: object, { fresh = 16, kept = 16 } = {}) {
    this.#port = Number(new URL(url).port);
    const text = JSON.stringify(body);
    const head = `host: 127.0.0.1:${this.#port}\r\ncontent-type: application/json\r\n`;
    this.#request = `POST /chatkit HTTP/1.1\r\n${head}content-length: ${text.length}\r\n\r\n${text}`;
    for (let i = 0; i < fresh; i++) void this.#repeat(() => this.#fresh());
    for (let i = 0; i < kept; i++) void this.#repeat(() => this.#kept());
  }

  /** Lets what is under way be answered. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Bun.sleep(300);
  }

  async #repeat(connection: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await connection();
      await Bun.sleep(1);
    }
  }

  #fresh(): Promise<void> {
    const request = this.#request.replace("\r\n", "\r\nconnection: close\r\n");
    return this.#connection(this.fresh, request, () => undefined);
  }

  #kept(): Promise<void> {
    return this.#connection(this.kept, this.#request, () => (this.#isOver ? undefined : 5 + Math.random() * 500));
  }

  /** @param pause after an answer, in milliseconds; undefined ends the connection */
  #connection(outcomes: Outcomes, request: string, pause: () => number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isWaiting = true;
    let answer = "";
    let askedAt = 0;
    const ask = (socket: Socket) => {
      isWaiting = true;
      askedAt = performance.now();
      answer = "";
      socket.write(request);
    };
    const lost = () => {
      if (isWaiting && !this.#isOver) outcomes.reset++;
      isWaiting = false;
      resolve();
    };
    const data = (socket: Socket, bytes: Uint8Array) => {
      answer += new TextDecoder().decode(bytes);
      const length = wholeLength(answer);
      if (length === undefined || answer.length < length) return;
      isWaiting = false;
      this.longestMs = Math.max(this.longestMs, performance.now() - askedAt);
      if (answer.startsWith("HTTP/1.1 200")) outcomes.ok++;
      else outcomes.refused++;
      const isLast = /\r\nconnection: close/i.test(answer);
      if (isLast) this.ended++;
      const pauseMs = isLast ? undefined : pause();
      if (pauseMs === undefined) socket.end();
      else setTimeout(() => ask(socket), pauseMs);
    };
    const refused = () => {
      if (!this.#isOver) outcomes.refused++;
      isWaiting = false;
      resolve();
    };
    connect({ hostname: "127.0.0.1", port: this.#port, socket: { open: ask, data, close: lost, error: lost, connectError: refused } }).catch(refused);
    return promise;
  }
}

function wholeLength(answer: string): number | undefined {
  const head = answer.indexOf("\r\n\r\n");
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(answer) ?? [];
  return head < 0 || length === undefined ? undefined : head + 4 + Number(length);
}
