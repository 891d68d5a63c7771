import { ChatKitError } from "../errors.ts";
import { serializeEvent } from "../protocol/serialize.ts";
import { askedBy, type Audit } from "./audit.ts";
import type { RequestContext } from "./context.ts";
import { errorEvent } from "./error-event.ts";

/**
 * The frames of an answer that takes its place among those that are going when its first frame is asked for. One that finds none is an
 * error the person may retry: by a status of 5xx the client would send the same body five times more.
 *
 * No generator around the frames, since that would cost each of them a turn.
 * @param take returns what gives the place back; `frames` has to call it
 */
export function inItsPlace(
  take: () => () => void,
  frames: (leave: () => void) => AsyncGenerator<string, void>,
  context: RequestContext,
  audit: Audit,
): AsyncGenerator<string, void> {
  const begin = () => {
    try {
      return frames(take());
    } catch (thrown) {
      if (!(thrown instanceof ChatKitError)) throw thrown;
      noteLimit(audit, thrown, context);
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

/** The one frame of an answer that is refused. */
export function refusedFrame(error: ChatKitError): string {
  return `data: ${serializeEvent(errorEvent(error))}\n\n`;
}

/** Entries are counted by their reason, and written once a minute. */
export function noteLimit(audit: Audit, { code, reason = code }: ChatKitError, asker: Parameters<typeof askedBy>[0]): void {
  audit({ event: "limit_hit", reason, ...askedBy(asker) });
}
