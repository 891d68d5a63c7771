import { setTimeout as sleep } from "node:timers/promises";
import { spokenDuration } from "../duration.ts";
import { Clock, type Patience } from "./clock.ts";
import { Gate } from "./gate.ts";
import { RequestFailure, connectionFailure, refusal } from "./request-failure.ts";

/** How much is read of an answer that refuses: enough for its message. */
const REFUSAL_BYTES = 16 * 1024;

/** How often a server is tried that no request has reached yet: most likely its address is wrong. */
const UNREACHED_TRIES = 3;

type Ask = {
  url: string;
  headers?: Record<string, string>;
  secrets?: readonly string[];
  /** The IP address to connect to; without one, the name is looked up. */
  ip?: string | undefined;
};
/** Reads an answer with status 200. What it throws ends the try; after a RequestFailure with `isPassing` there is another one. */
type Take<T> = (response: Response, body: AsyncIterable<Uint8Array>) => Promise<T>;

/** GET requests to one server: a limited number at a time, each tried again as long as that makes sense. */
export class Requests {
  readonly #gate: Gate;
  /** How many requests were sent, each try counted. */
  sent = 0;
  /** Why the last one failed; undefined when it did not. */
  trouble: string | undefined;
  #isReached = false;

  constructor(
    parallel: number,
    private readonly patience: Patience,
    private readonly signal: AbortSignal,
  ) {
    this.#gate = new Gate(parallel, signal);
  }

  /** How long the server has asked to wait, from now. */
  get waitMs(): number {
    return this.#gate.waitMs;
  }

  /** @throws RequestFailure when it is refused, or all tries have failed */
  async get<T>(ask: Ask, take: Take<T>): Promise<T> {
    const since = performance.now();
    for (let failures = 0, refusals = 0; ;) {
      const outcome = await this.#try(ask, take);
      if (!(outcome instanceof RequestFailure)) return outcome.value;
      const isBusy = outcome.status === 429;
      // Never without a pause, even when the server says "wait 0 seconds" again and again.
      const waitMs = Math.max(outcome.retryAfterMs ?? 0, this.#backoffMs(isBusy ? refusals++ : failures++));
      if (!outcome.isPassing) throw outcome;
      const tries = outcome.isUnreachable && !this.#isReached ? Math.min(UNREACHED_TRIES, this.patience.tries) : this.patience.tries;
      if (failures >= tries) throw new RequestFailure(`${outcome.message} (tried ${failures} times)`, outcome);
      if (performance.now() - since + waitMs > this.patience.longestMs) {
        throw new RequestFailure(`${outcome.message} (it asks to wait ${spokenDuration(waitMs)})`, outcome);
      }
      if (isBusy) this.#gate.refused(waitMs);
      await sleep(waitMs, undefined, { signal: this.signal });
    }
  }

  /** With random variation, so that requests which failed together do not come back together. */
  #backoffMs(before: number): number {
    return Math.min(this.patience.longestBackoffMs, this.patience.backoffMs * 2 ** before) * (0.5 + Math.random() / 2);
  }

  async #try<T>(ask: Ask, take: Take<T>): Promise<{ value: T } | RequestFailure> {
    try {
      const value = await this.#gate.run(() => this.#send(ask, take));
      this.trouble = undefined;
      return { value };
    } catch (thrown) {
      this.signal.throwIfAborted();
      if (!(thrown instanceof RequestFailure)) throw thrown;
      if (thrown.isPassing) this.trouble = thrown.message;
      return thrown;
    }
  }

  async #send<T>(ask: Ask, take: Take<T>): Promise<T> {
    this.sent++;
    const clock = new Clock(this.patience, this.signal);
    let response: Response | undefined;
    try {
      response = await fetched(ask, clock);
      this.#isReached = true;
      if (response.status === 200) return await take(response, clock.watch(response));
      throw refusal(response.status, response.headers, await beginning(clock.watch(response)), ask.secrets ?? []);
    } finally {
      clock.stop();
      // A body that is not read to its end would keep the connection.
      void response?.body?.cancel().catch(() => {});
    }
  }
}

async function fetched({ url, headers = {}, ip }: Ask, clock: Clock): Promise<Response> {
  try {
    // Redirects are not followed automatically: they would take the key along, and could lead anywhere.
    const init = { headers, redirect: "manual", signal: clock.signal } as const;
    if (ip === undefined) return await fetch(url, init);
    // The request, and the check of the certificate, still use the name.
    const { hostname, host } = new URL(url);
    const direct = new URL(url);
    direct.hostname = ip.includes(":") ? `[${ip}]` : ip;
    return await fetch(direct, { ...init, headers: { ...headers, host }, tls: { serverName: hostname } });
  } catch (thrown) {
    throw clock.failure ?? connectionFailure(thrown);
  }
}

async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      if ((length += chunk.length) >= REFUSAL_BYTES) break;
    }
  } catch {
    // Without a message, the status is enough.
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, REFUSAL_BYTES));
}
