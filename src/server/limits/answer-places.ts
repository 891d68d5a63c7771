import { ChatKitError } from "../../errors.ts";
import { serializeEvent } from "../../protocol/serialize.ts";
import type { Audit } from "../audit.ts";
import { askedBy, type RequestContext } from "../context.ts";
import type { RequestNote } from "../request-note.ts";
import { errorEvent } from "../streams/error-event.ts";

/**
 * The frames of an answer that takes a place among the running answers when its first frame is read. Without a free place the only frame
 * is an error that the person may retry: after a 5xx status the client would send the same body five more times.
 *
 * There is no generator around the frames, since it would delay each of them by a turn.
 * @param take takes a place; returns a function that gives it back, which `frames` must call
 */
export function inItsPlace(
  take: () => () => void,
  frames: (leave: () => void) => AsyncGenerator<string, void>,
  context: RequestContext,
  audit: Audit,
  note: RequestNote,
): AsyncGenerator<string, void> {
  const begin = () => {
    try {
      return frames(take());
    } catch (thrown) {
      if (!(thrown instanceof ChatKitError)) throw thrown;
      noteLimit(audit, thrown, context);
      Object.assign(note, { code: thrown.code, reason: thrown.reason });
      return oneFrame(refusedFrame(thrown));
    }
  };
  let begun: AsyncGenerator<string, void> | undefined;
  return {
    next: () => (begun ??= begin()).next(),
    return: (value) => (begun ??= oneFrame("")).return(value),
    throw: (thrown) => (begun ??= oneFrame("")).throw(thrown),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
}

export async function* oneFrame(frame: string): AsyncGenerator<string, void> {
  yield frame;
}

/** The only frame of an answer that is refused. */
export function refusedFrame(error: ChatKitError): string {
  return `data: ${serializeEvent(errorEvent(error))}\n\n`;
}

/** Notes that a limit was hit. The audit writes such entries once a minute, with their count. */
export function noteLimit(audit: Audit, { code, reason = code }: ChatKitError, asker: Parameters<typeof askedBy>[0]): void {
  audit({ event: "limit_hit", reason, ...askedBy(asker) });
}
