import type { StreamingRequest } from "../protocol/requests.ts";
import type { RequestContext } from "./context.ts";
import type { Stream } from "./stream.ts";

/** Sent by the ChatKit client with every request of one page. */
const FRAME_HEADER = "chatkit-frame-instance-id";

/**
 * The client sends a body again, up to five times, when something between it and us answered with a 5xx. Such a body must make
 * neither a second message nor a second model call: it joins the answer that is going. Once that has ended, an equal body is an
 * honest second message.
 */
export class Resent<C extends RequestContext> {
  readonly #going = new Map<string, Stream<C>>();

  /** The answer to that very body, if it is going. */
  find(key: string): Stream<C> | undefined {
    return this.#going.get(key);
  }

  /** Remembers the answer from its first frame on for as long as it is going; hands its frames through. */
  async *register(key: string, stream: Stream<C>, frames: AsyncGenerator<string, void>): AsyncGenerator<string, void> {
    this.#going.set(key, stream);
    void stream.ended.then(() => {
      if (this.#going.get(key) === stream) this.#going.delete(key);
    });
    yield* frames;
  }
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
