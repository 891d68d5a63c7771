/**
 * Errors: one class, one table of codes, one normaliser from unknown.
 *
 * An error has two faces: over HTTP it is a status with `{message, error: {code, message, request_id}}` (`http/respond-error.ts`),
 * inside a stream it is one `error` event (`server/streams/error-event.ts`). Its message is public and written by us or by the hook that
 * throws it; what was caught stays in `cause`, for the log, and is never shown.
 */

type Row = { status: number; allowRetry: boolean; message: string };

const row = (status: number, message: string, allowRetry = false): Row => ({ status, message, allowRetry });

/** All codes, each with its HTTP status, its default public message, and whether the client may offer a retry in a stream. */
const ERROR_TABLE = {
  invalid_json: row(400, "The body is not valid JSON."),
  invalid_request: row(400, "The request is not valid."),
  unknown_operation: row(400, "Unknown operation."),
  unsupported_media_type: row(415, "The body must be application/json."),
  body_too_large: row(413, "The body is too large."),
  unknown_host: row(421, "This server does not go by that name."),
  unauthenticated: row(401, "Who is asking is not known."),
  invalid_token: row(401, "The token is not valid."),
  forbidden: row(403, "That is not allowed."),
  not_found: row(404, "Not found."),
  thread_not_found: row(404, "Thread not found."),
  item_not_found: row(404, "Item not found."),
  attachment_not_found: row(404, "Attachment not found."),
  thread_busy: row(409, "This thread is still answering an earlier message.", true),
  thread_locked: row(409, "This thread is locked."),
  thread_closed: row(409, "This thread is closed."),
  conflict: row(409, "That cannot be done in the present state."),
  rate_limited: row(429, "Too many requests.", true),
  too_many_streams: row(429, "Too many answers at once. Wait for one to end.", true),
  // Only sent inside a stream: as the status of a response, the client would send the same body five more times.
  overloaded: row(429, "The server is busy. Try again in a moment.", true),
  quota_exceeded: row(403, "There is no room for more conversations: delete some that are no longer needed."),
  model_unavailable: row(502, "The model cannot be reached right now.", true),
  model_timeout: row(504, "The model took too long to answer.", true),
  context_length_exceeded: row(400, "This conversation has become too long for the model. A new one can begin afresh."),
  storage_full: row(507, "There is no room for files right now."),
  storage_unavailable: row(503, "Files cannot be stored or read right now.", true),
  store_unavailable: row(503, "The database cannot be reached right now.", true),
  shutting_down: row(503, "The server is restarting.", true),
  not_implemented: row(501, "This server does not do that."),
  internal: row(500, "Something went wrong.", true),
  config_invalid: row(500, "The configuration is not valid."),
  schema_newer: row(500, "The database was written by a newer version."),
  schema_pending: row(503, "The database needs a migration.", true),
  custom: row(400, "An error occurred when generating a response."),
  "stream.error": row(500, "An error occurred when generating a response.", true),
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERROR_TABLE;

type ErrorInit = {
  message?: string;
  allowRetry?: boolean;
  status?: number;
  retryAfterS?: number;
  /** Only for the log: one of a few fixed words that say more than the refused client should learn. */
  reason?: string;
  challenge?: string;
  cause?: unknown;
};

/** The one error class; `message` is safe to show. */
export class ChatKitError extends Error {
  // Written out, since the build may shorten the names of classes, and this one is read in logs.
  override readonly name: string = "ChatKitError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly allowRetry: boolean;
  /** Seconds for a `Retry-After` header. */
  readonly retryAfterS?: number;
  /** Only for the log. */
  readonly reason?: string;
  /** The value of the `WWW-Authenticate` header. */
  readonly challenge?: string;

  constructor(code: ErrorCode, init: ErrorInit = {}) {
    const known = ERROR_TABLE[code];
    super(init.message ?? known.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.status = init.status ?? known.status;
    this.allowRetry = init.allowRetry ?? known.allowRetry;
    if (init.retryAfterS !== undefined) this.retryAfterS = init.retryAfterS;
    if (init.reason !== undefined) this.reason = init.reason;
    if (init.challenge !== undefined) this.challenge = init.challenge;
  }
}

const NOT_FOUND_CODES = { thread: "thread_not_found", item: "item_not_found", attachment: "attachment_not_found" } as const;

/** No id of this server is longer. A longer one is not repeated in the error message. */
const MAX_SHOWN_ID = 100;

/** Thrown by stores for a row that does not exist or belongs to another user: the caller cannot tell which. */
export class NotFoundError extends ChatKitError {
  override readonly name = "NotFoundError";

  constructor(what?: "thread" | "item" | "attachment" | (string & {}), id?: string) {
    const code = what !== undefined && what in NOT_FOUND_CODES ? NOT_FOUND_CODES[what as keyof typeof NOT_FOUND_CODES] : "not_found";
    const message = what === undefined ? undefined : code === "not_found" ? what : `${ERROR_TABLE[code].message.slice(0, -1)}${id ? `: ${id.slice(0, MAX_SHOWN_ID)}` : ""}`;
    super(code, message === undefined ? {} : { message });
  }
}

/** For `catch`: nothing, where an item is not there. @throws any other error */
export function itemNotFound(error: unknown): undefined {
  if (error instanceof ChatKitError && error.code === "item_not_found") return undefined;
  throw error;
}

const REQUEST_CODES = {
  400: "invalid_request",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "body_too_large",
  415: "unsupported_media_type",
} as const;

/** A refusal whose message the client may read, inside a stream or as an HTTP answer. Default status 400. */
export class RequestError extends ChatKitError {
  override readonly name = "RequestError";

  constructor(message: string, options: { status?: keyof typeof REQUEST_CODES } = {}) {
    super(REQUEST_CODES[options.status ?? 400], { message });
  }
}

/** Its message is shown to the person in the chat. `allowRetry` is false by default, as in the Python SDK. */
export class CustomStreamError extends ChatKitError {
  override readonly name = "CustomStreamError";

  /** @param options.cause what went wrong, for the log; without one nothing is logged but the request */
  constructor(message: string, { allowRetry = false, cause }: { allowRetry?: boolean; cause?: unknown } = {}) {
    super("custom", { message, allowRetry, cause });
  }
}

/** An error that the client shows in its own words. `allowRetry` is true by default, as in the Python SDK. */
export class StreamError extends ChatKitError {
  override readonly name = "StreamError";

  constructor(code: "stream.error", options: { allowRetry?: boolean } = {}) {
    super(code, { allowRetry: options.allowRetry ?? true });
  }
}

/** Anything that was thrown as a ChatKitError. The text of an unknown error does not become public. */
export function toChatKitError(thrown: unknown): ChatKitError {
  return thrown instanceof ChatKitError ? thrown : new ChatKitError("internal", { cause: thrown });
}

/** The JSON body of a refused request. */
export function errorBody(error: ChatKitError, requestId: string) {
  return { message: error.message, error: { code: error.code, message: error.message, request_id: requestId } };
}

/** A thrown value that is not an error, as a string. Not its fields: clients attach whole requests to what they throw. */
export function thrownInWords(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // An object without a prototype, or one whose `toString` throws.
    return `[${typeof thrown}]`;
  }
}

/** The code of an error of the system or of a driver, such as `ECONNREFUSED`; an empty text when it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
