import type { MiddlewareHandler } from "hono";
import { ChatKitError } from "../../errors.ts";
import type { RequestContext } from "../../server/context.ts";
import { chunksOf } from "../body-chunks.ts";
import type { RequestContexts } from "../contexts.ts";
import type { AppEnv } from "../env.ts";

/**
 * Refuses a body that is larger than `maxBytes`: at once when its length is announced, else as soon as more has arrived. Compressed
 * bodies are refused.
 */
export function bodyLimit<C extends RequestContext>(maxBytes: number, contexts: RequestContexts<C>): MiddlewareHandler<AppEnv> {
  const tooLarge = () => new ChatKitError("body_too_large", { message: `The body is larger than ${maxBytes} bytes.` });
  return async function bodyLimit(c, next) {
    const request = c.req.raw;
    requireUncompressed(request);
    const length = request.headers.get("content-length");
    if (length !== null && Number(length) > maxBytes) throw tooLarge();
    if (length === null && request.body !== null) {
      // Bun reads no more than the announced length. When none is announced, the bytes are counted here.
      c.req.raw = new Request(request, { body: counted(request.body, maxBytes, tooLarge) });
      contexts.alias(request, c.req.raw);
    }
    await next();
  };
}

/** Refuses compressed bodies, since their real size is not known beforehand (CWE-409). @throws ChatKitError unsupported_media_type */
export function requireUncompressed({ headers }: Request): void {
  const encoding = headers.get("content-encoding");
  if (encoding === null || encoding.toLowerCase() === "identity") return;
  throw new ChatKitError("unsupported_media_type", { message: "Compressed bodies are not taken." });
}

function counted(body: ReadableStream<Uint8Array>, maxBytes: number, tooLarge: () => Error): ReadableStream<Uint8Array> {
  const chunks = chunksOf(body);
  let seen = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) return controller.close();
      seen += value.byteLength;
      if (seen <= maxBytes) return controller.enqueue(value);
      void chunks.return();
      throw tooLarge();
    },
    async cancel() {
      await chunks.return();
    },
  });
}
