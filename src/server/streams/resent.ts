import { nextTurn } from "../../protocol/json/steps.ts";
import type { StreamingRequest } from "../../protocol/requests.ts";
import type { RequestContext } from "../context.ts";
import { late } from "./late-frames.ts";
import type { Stream } from "./stream.ts";

/** Sent by the ChatKit client with every request of one page. */
const FRAME_HEADER = "chatkit-frame-instance-id";

/**
 * Recognises a request that was sent again. The client does so, up to five times, when something between it and this server answers
 * with a 5xx. This server answers with the head of a stream at once; so only requests that wait while the process is paused can be
 * repeats, and these are all read in the next turns of the event loop. Equal requests of these share one answer, and if all their senders
 * have left by then, no answer begins. An equal request that comes later is a second message with the same text, unless the process
 * has died in between: the store tells that.
 */
export class Resent<C extends RequestContext> {
  readonly #beginning = new Map<string, Beginning<C>>();

  /** Whether an answer to an equal request is about to begin. */
  joins(key: string | undefined): boolean {
    return key !== undefined && this.#beginning.has(key);
  }

  /**
   * The frames of the answer: a new one, or the one that is about to begin for an equal request.
   * @param onEnd called when a new answer has ended, or when this reader has left an answer that it joined
   */
  read(key: string | undefined, stream: Stream<C>, onEnd: () => void): AsyncGenerator<string, void> {
    return late(async () => {
      const first = key === undefined ? undefined : this.#beginning.get(key);
      if (!first) return this.#begin(key, stream, onEnd);
      first.senders.push(stream.context.signal);
      await first.begun.promise;
      // Who has left does not even begin to read: the last reader to leave would end the answer.
      if (!stream.context.signal.aborted) return first.stream.read(stream.context, onEnd, stream.note);
      onEnd();
      return undefined;
    });
  }

  async #begin(key: string | undefined, stream: Stream<C>, onEnd: () => void): Promise<AsyncGenerator<string, void> | undefined> {
    const mine = { stream, senders: [stream.context.signal], begun: Promise.withResolvers<void>() };
    if (key !== undefined) this.#beginning.set(key, mine);
    await othersHaveCome(mine);
    if (key !== undefined) this.#beginning.delete(key);
    // One more turn, in which a connection that was closed meanwhile is noticed: also one that wanted a new thread, and whose page may
    // ask for that again.
    await nextTurn();
    mine.begun.resolve();
    // Whoever is still there reads the answer. It may also go on after its last reader has left.
    if (mine.senders.every(({ aborted }) => aborted)) onEnd();
    else void stream.ended.then(onEnd);
    return stream.context.signal.aborted ? undefined : stream.read(stream.context, undefined, stream.note);
  }
}

type Beginning<C extends RequestContext> = { stream: Stream<C>; senders: AbortSignal[]; begun: PromiseWithResolvers<void> };

/**
 * Waits for two turns of the event loop: in one, connections that wait are taken, in the next one what they have sent is read. A request
 * over a connection that was kept comes a turn before all others. More turns follow as long as equal requests come, since many connections
 * are not all taken in one.
 */
async function othersHaveCome({ senders }: { senders: readonly unknown[] }): Promise<void> {
  let seen: number;
  do {
    seen = senders.length;
    await waitingAreRead();
  } while (senders.length > seen);
}

/** Resolves when the requests are read that have come before now; until then no head of an answer may leave. */
export async function waitingAreRead(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

/** Operations that store a message first: what came of it can be read back after a crash. */
const WITH_MESSAGE: ReadonlySet<string> = new Set(["threads.create", "threads.add_user_message"]);

/**
 * `key` is equal for requests of the same user, page and body. There is none for a new thread without the client's header, which names
 * the page: two such requests may come from two pages. `isSafeAcross`: whether equal requests to another process count as well. Only
 * with the header: otherwise a page that was reloaded after a crash could not send the same text once more.
 */
export function fingerprint(
  asked: StreamingRequest,
  bodyHash: string,
  { userId, sessionId = "", headers }: RequestContext,
): { key?: string; isSafeAcross: boolean } {
  const page = headers.get(FRAME_HEADER);
  if (asked.type === "threads.create" && page === null) return { isSafeAcross: false };
  const key = new Bun.CryptoHasher("sha256").update(JSON.stringify([userId, sessionId, page, bodyHash])).digest("base64");
  return { key, isSafeAcross: page !== null && WITH_MESSAGE.has(asked.type) };
}
