import type { SentEvent } from "../protocol/events.ts";
import type { StreamingRequest } from "../protocol/requests.ts";
import type { Burst } from "./burst.ts";
import type { RequestContext } from "./context.ts";
import type { Stream } from "./stream.ts";

/** Sent by the ChatKit client with every request of one page. */
const FRAME_HEADER = "chatkit-frame-instance-id";

/**
 * The client sends a body again, up to five times, when it got no stream: something between it and us answered with a 5xx. The head
 * of a stream leaves at once and its answer begins soon after. So what is sent again is known by coming in the same turn of the loop,
 * as after a pause of this process, and joins; whoever is gone by then begins nothing. After that an equal body is an honest second
 * message, unless the process has died: the store tells.
 */
export class Resent<C extends RequestContext> {
  readonly #beginning = new Map<string, Beginning<C>>();

  /** Whether that body joins an answer that is about to begin. */
  joins(key: string | undefined): boolean {
    return key !== undefined && this.#beginning.has(key);
  }

  /**
   * The frames of an answer to that body: its own, or those of the one that is about to begin.
   * @param onEnd called when that answer has ended, or this reader has gone who joined it
   */
  async *read(
    key: string | undefined,
    stream: Stream<C>,
    events: AsyncGenerator<Burst<SentEvent>, void>,
    onEnd: () => void,
  ): AsyncGenerator<string, void> {
    const first = key === undefined ? undefined : this.#beginning.get(key);
    if (first) {
      first.joined++;
      await first.begun.promise;
      return yield* first.stream.follow(stream.context, onEnd);
    }
    const frames = stream.frames(events);
    // Not when its reader leaves: the answer may go on.
    void stream.ended.then(onEnd);
    const mine = { stream, joined: 0, begun: Promise.withResolvers<void>() };
    if (key !== undefined) this.#beginning.set(key, mine);
    await othersHaveCome(mine);
    if (key !== undefined) this.#beginning.delete(key);
    // By now it would have been heard that the head has met nobody.
    await turn();
    mine.begun.resolve();
    if (!stream.context.signal.aborted) return yield* frames;
    // Whoever joined it reads it.
    if (mine.joined === 0) onEnd();
  }
}

type Beginning<C extends RequestContext> = { stream: Stream<C>; joined: number; begun: PromiseWithResolvers<void> };

/**
 * One turn of the loop: nobody who has had the head can have come before it is over. More of them for as long as others come, since of
 * many connections some are read later.
 */
async function othersHaveCome(beginning: { joined: number }): Promise<void> {
  let seen: number;
  do {
    seen = beginning.joined;
    await turn();
    if (beginning.joined > 0) await turn();
  } while (beginning.joined > seen);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Operations whose outcome can be read back: they begin with a message of their own. */
const WITH_MESSAGE: ReadonlySet<string> = new Set(["threads.create", "threads.add_user_message"]);

/**
 * What tells a body sent again from another: the user, the page and the body itself. A new thread names nothing that could tell two
 * pages apart, so without the client's header two equal ones are two threads. `isSafeAcross`: whether another process may be asked
 * too; only with the header, since a reloaded page that says the same after a crash means it.
 */
export function fingerprint(
  asked: StreamingRequest,
  body: string | Uint8Array,
  { userId, sessionId = "", headers }: RequestContext,
): { key?: string; isSafeAcross: boolean } {
  const page = headers.get(FRAME_HEADER);
  if (asked.type === "threads.create" && page === null) return { isSafeAcross: false };
  const key = new Bun.CryptoHasher("sha256").update(JSON.stringify([userId, sessionId, page])).update(body).digest("base64");
  return { key, isSafeAcross: page !== null && WITH_MESSAGE.has(asked.type) };
}
