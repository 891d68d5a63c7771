import { setTimeout as sleep } from "node:timers/promises";
import { Clock, type Patience } from "./clock.ts";
import { Gate } from "./gate.ts";
import { RequestFailure, connectionFailure, refusal } from "./request-failure.ts";

/** How much is read of an answer that refuses: enough for its message. */
const REFUSAL_BYTES = 16 * 1024;

type Ask = { url: string; headers?: Record<string, string>; secrets?: readonly string[] };
/** Reads an answer with status 200. What it throws ends the try; after a RequestFailure with `isPassing` there is another one. */
type Take<T> = (response: Response, body: AsyncIterable<Uint8Array>) => Promise<T>;

/** GET requests to one server: a limited number at a time, each tried again as long as that makes sense. */
export class Requests {
  readonly #gate: Gate;
  /** How many requests were sent, each try counted. */
  sent = 0;

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
      if (failures >= this.patience.tries) throw new RequestFailure(`${outcome.message} (tried ${failures} times)`, outcome);
      if (performance.now() - since + waitMs > this.patience.longestMs) {
        throw new RequestFailure(`${outcome.message} (${Math.ceil(waitMs / 60_000)} more minutes to wait)`, outcome);
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
      return { value: await this.#gate.run(() => this.#send(ask, take)) };
    } catch (thrown) {
      this.signal.throwIfAborted();
      if (thrown instanceof RequestFailure) return thrown;
      throw thrown;
    }
  }

  async #send<T>({ url, headers = {}, secrets = [] }: Ask, take: Take<T>): Promise<T> {
    this.sent++;
    const clock = new Clock(this.patience, this.signal);
    let response: Response | undefined;
    try {
      response = await fetched(url, headers, clock);
      if (response.status === 200) return await take(response, clock.watch(response));
      throw refusal(response.status, response.headers, await beginning(clock.watch(response)), secrets);
    } finally {
      clock.stop();
      // A body that is not read to its end would keep the connection.
      void response?.body?.cancel().catch(() => {});
    }
  }
}

async function fetched(url: string, headers: Record<string, string>, clock: Clock): Promise<Response> {
  try {
    // Redirects are not followed automatically: they would take the key along, and could lead anywhere.
    return await fetch(url, { headers, redirect: "manual", signal: clock.signal });
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
