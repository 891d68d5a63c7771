import type { MiddlewareHandler } from "hono";
import { ChatKitError, type ErrorCode } from "../../errors.ts";
import type { AppEnv } from "../env.ts";

/** The methods that read a body: those of Hono's request and those of the Request inside it. */
const READERS = ["json", "formData", "parseBody", "text", "arrayBuffer", "blob", "bytes"] as const;
type Reader = (...args: unknown[]) => Promise<unknown>;
type Readable = { [reader in (typeof READERS)[number]]?: Reader };

const mistakes = new WeakMap<Error, ErrorCode>();

/**
 * For routes that a user adds: remembers which errors came from reading a malformed body. The errors themselves stay as they are, since
 * a route may want to catch a SyntaxError; one that it does not catch is answered as the client's mistake.
 */
export function bodyMistakes(): MiddlewareHandler<AppEnv> {
  return async function bodyMistakes(c, next) {
    watch(c.req as unknown as Readable);
    watch(c.req.raw as unknown as Readable);
    await next();
  };
}

/** The answer to an error that came from reading the body; undefined for any other error. */
export function mistakeIn(error: Error): ChatKitError | undefined {
  const code = mistakes.get(error);
  if (code === undefined) return undefined;
  return new ChatKitError(code, { cause: error, ...(code === "invalid_request" && { message: "The body cannot be read." }) });
}

function watch(request: Readable): void {
  for (const name of READERS) {
    const read = request[name];
    if (!read) continue;
    request[name] = async (...args) => {
      try {
        return await read.apply(request, args);
      } catch (error) {
        if (error instanceof Error && !(error instanceof ChatKitError)) mistakes.set(error, name === "json" ? "invalid_json" : "invalid_request");
        throw error;
      }
    };
  }
}
