import type { MiddlewareHandler } from "hono";
import { ChatKitError, type ErrorCode } from "../../errors.ts";
import type { AppEnv } from "../env.ts";

/** The methods that read a body: those of Hono's request and those of the Request inside it. */
const READERS = ["json", "formData", "parseBody", "text", "arrayBuffer", "blob", "bytes"] as const;
type Reader = (...args: unknown[]) => Promise<unknown>;
type Readable = { [reader in (typeof READERS)[number]]?: Reader };

const mistakes = new WeakMap<Error, ErrorCode>();
/** The bodies that routes have read as they are: a webhook checks the signature of the text before it parses it. */
const bodies = new WeakMap<Request, string | Uint8Array | ArrayBuffer>();

/**
 * For routes that a user adds: remembers which errors came from reading a malformed body. The errors themselves stay as they are, since
 * a route may want to catch a SyntaxError; one that it does not catch is answered as the client's mistake.
 */
export function bodyMistakes(): MiddlewareHandler<AppEnv> {
  return async function bodyMistakes(c, next) {
    const { raw } = c.req;
    const keep = (body: unknown) => {
      if (typeof body === "string" || body instanceof Uint8Array || body instanceof ArrayBuffer) bodies.set(raw, body);
    };
    watch(c.req as unknown as Readable, keep);
    watch(raw as unknown as Readable, keep);
    await next();
  };
}

/** The answer to an error that came from reading the body; undefined for any other error. */
export function mistakeIn(error: Error, request: Request): ChatKitError | undefined {
  const code = mistakes.get(error) ?? (isFromParsing(bodies.get(request), error) ? "invalid_json" : undefined);
  if (code === undefined) return undefined;
  return new ChatKitError(code, { cause: error, ...(code === "invalid_request" && { message: "The body cannot be read." }) });
}

/** Whether the route has parsed the body itself: whatever else it may have parsed makes the same error only by chance. */
function isFromParsing(body: string | Uint8Array | ArrayBuffer | undefined, error: Error): boolean {
  if (body === undefined || !(error instanceof SyntaxError)) return false;
  try {
    JSON.parse(typeof body === "string" ? body : Buffer.from(body as ArrayBuffer).toString());
    return false;
  } catch (thrown) {
    return (thrown as Error).message === error.message;
  }
}

function watch(request: Readable, keep: (body: unknown) => void): void {
  for (const name of READERS) {
    const read = request[name];
    if (!read) continue;
    request[name] = async (...args) => {
      try {
        const body = await read.apply(request, args);
        if (name !== "json") keep(body);
        return body;
      } catch (error) {
        if (error instanceof Error && !(error instanceof ChatKitError)) mistakes.set(error, name === "json" ? "invalid_json" : "invalid_request");
        throw error;
      }
    };
  }
}
