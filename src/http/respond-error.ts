import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ChatKitError, errorBody, toChatKitError, type ErrorCode } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import type { AppContext } from "./env.ts";
import { requestFields } from "./middleware/access-log.ts";
import { mistakeIn } from "./middleware/body-mistakes.ts";

/** `Retry-After` in seconds, when the error does not say. */
const DEFAULT_RETRY_AFTER_S = 2;

const BY_DESIGN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["not_implemented", "shutting_down", "schema_pending"]);
/** Errors that may come often. They get no line with a stack, which would bury the others: the access log has the code and the reason. */
const isForeseen = ({ code, reason, cause }: ChatKitError) => BY_DESIGN.has(code) || (reason !== undefined && cause === undefined);

/** Turns whatever a route or middleware threw into a response, by the error table. Unforeseen errors are logged and not shown. */
export function errorResponder(logger: Logger) {
  return function respondError(thrown: Error, c: AppContext): Response {
    if (thrown instanceof HTTPException && thrown.res) return thrown.getResponse();
    const error = thrown instanceof HTTPException ? fromHttpException(thrown) : (mistakeIn(thrown, c.req.raw) ?? toChatKitError(thrown));
    const requestId = c.get("requestId") ?? "";
    const { code, reason } = error;
    Object.assign(c.get("note"), { code, reason });
    if (error.status >= 500 && !isForeseen(error)) logger.error({ ...requestFields(c), code, err: thrown }, "a request failed");
    if (error.status === 429 || error.status === 503) c.header("retry-after", String(error.retryAfterS ?? DEFAULT_RETRY_AFTER_S));
    if (error.challenge !== undefined) c.header("www-authenticate", error.challenge);
    return c.json(errorBody(error, requestId), error.status as ContentfulStatusCode);
  };
}

const CODES: Record<number, ErrorCode> = {
  400: "invalid_request",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "body_too_large",
  415: "unsupported_media_type",
  429: "rate_limited",
};

/** Thrown by a route that a user added, or by Hono's middleware: its message is meant for the client. */
function fromHttpException(thrown: HTTPException): ChatKitError {
  const code = CODES[thrown.status];
  if (code === undefined) return new ChatKitError("internal", { status: thrown.status, cause: thrown });
  return new ChatKitError(code, thrown.message ? { message: thrown.message } : {});
}
