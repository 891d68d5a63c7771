import { ChatKitError } from "../errors.ts";
import { bodyLimitOf, largestBody, operationIn, requireSize, type BodyLimits } from "../protocol/body-limits.ts";
import { inTurn } from "../protocol/json/steps.ts";
import { unfilled } from "../protocol/unfilled.ts";
import { chunksOf } from "./body-chunks.ts";
import { requireUncompressed } from "./middleware/body-limit.ts";

/** How much to read to see which operation the body is for. */
const HEAD_BYTES = 1024;
/** What is smaller shares its memory with others, or is no trouble. */
const LARGE_BYTES = 32 * 1024;

/**
 * Reads the body of a request to `/chatkit`. A body larger than its operation allows is refused as early as possible: at once when its
 * length is announced, else when more has arrived.
 * @throws ChatKitError body_too_large, unsupported_media_type, invalid_request
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  requireUncompressed(request);
  const announced = request.headers.get("content-length");
  if (announced !== null) requireSize(Number(announced), largestBody(limits));
  try {
    // Bun reads no more than the announced length.
    if (announced !== null && Number(announced) <= bodyLimitOf(limits)) return await request.bytes();
    return await readCounted(request, limits, announced === null ? undefined : Number(announced));
  } catch (cause) {
    if (cause instanceof ChatKitError) throw cause;
    throw new ChatKitError("invalid_request", { message: "The body did not arrive.", cause });
  }
}

/** A body whose length is announced is read into its place: to join ten megabytes at the end would hold the event loop. */
async function readCounted(request: Request, limits: BodyLimits, announced: number | undefined): Promise<Uint8Array> {
  const place = announced === undefined ? undefined : unfilled(announced);
  const chunks: Uint8Array[] = [];
  const arrived = () => (place ? place.subarray(0, size) : Buffer.concat(chunks));
  let size = 0;
  let most: number | undefined;
  for await (const chunk of request.body ? chunksOf(request.body) : []) {
    const { byteLength } = chunk;
    if (!place) chunks.push(chunk);
    else if (byteLength < LARGE_BYTES) place.set(chunk, size);
    else await inTurn(() => place.set(chunk, size));
    size += byteLength;
    if (size >= HEAD_BYTES) most ??= bodyLimitOf(limits, operationIn(arrived()));
    requireSize(size, most ?? largestBody(limits));
  }
  const body = arrived();
  requireSize(size, most ?? bodyLimitOf(limits, operationIn(body)));
  return body;
}

/** Gives back the memory of a body that `readBody` has read: to collect hundreds of megabytes a second would stop all others again and again. */
export function freeBody(body: Uint8Array): void {
  if (body.byteLength > LARGE_BYTES && body.buffer instanceof ArrayBuffer) body.buffer.transfer(0);
}
