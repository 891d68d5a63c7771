import { ChatKitError, CustomStreamError, NotFoundError, RequestError, StreamError, type ErrorCode } from "../../errors.ts";
import type { SentEvent } from "../../protocol/events.ts";

type ErrorEvent = Extract<SentEvent, { type: "error" }>;

const GENERIC: ErrorEvent = { type: "error", code: "stream.error", allow_retry: true };

/** An error of ours as an event: with its message if that helps the person, else without one, so that the client uses its own words. */
export function errorEvent(error: ChatKitError): ErrorEvent {
  const shown = error.status < 500 || error.code === "shutting_down" || error.code === "not_implemented";
  if (!shown || error instanceof StreamError) return { ...GENERIC, allow_retry: error.allowRetry };
  return { type: "error", code: "custom", message: error.message, allow_retry: error.allowRetry };
}

/**
 * The event for what a hook threw, and its code for the log. Only errors meant for the client keep their message; any other becomes one
 * without details. `isExpected` is an error that a hook made up itself: it says all there is to say, to the person.
 */
export function hookErrorEvent(thrown: unknown): { event: ErrorEvent; code: ErrorCode; isExpected: boolean } {
  const known = thrown instanceof ChatKitError && !(thrown instanceof NotFoundError) && thrown.code !== "internal";
  if (!known) return { event: GENERIC, code: "internal", isExpected: false };
  const onPurpose = thrown instanceof CustomStreamError || thrown instanceof StreamError || thrown instanceof RequestError;
  return { event: errorEvent(thrown), code: thrown.code, isExpected: onPurpose && thrown.cause === undefined };
}
