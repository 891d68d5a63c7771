import { ChatKitError } from "../errors.ts";
import { OPERATIONS, type Operation } from "./requests.ts";

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const HEAD_BYTES = 1024;

/** How large the bodies of requests may be, in bytes. */
export type BodyLimits = {
  /** @default 1 MiB */
  maxBodyBytes?: number;
  /** The limits of single operations, such as `{ "input.transcribe": 25 * 1024 ** 2 }`. @default none */
  bodyLimits?: Partial<Record<Operation, number>>;
};

/** The limit for the body of that operation, or of one that is not known. */
export function bodyLimitOf({ maxBodyBytes = DEFAULT_MAX_BODY_BYTES, bodyLimits = {} }: BodyLimits, operation?: Operation): number {
  return (operation && bodyLimits[operation]) ?? maxBodyBytes;
}

/** The largest limit of all. */
export function largestBody(limits: BodyLimits): number {
  return Math.max(bodyLimitOf(limits), ...Object.values(limits.bodyLimits ?? {}));
}

/**
 * The operation that a body names in its first KiB, where clients write it: some limits must be known before the body is read. It is a
 * guess, and is checked again once the body is parsed.
 */
export function operationIn(body: Uint8Array): Operation | undefined {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, HEAD_BYTES)).toString("latin1");
  const named = head.matchAll(/"type"\s*:\s*"([a-z_.]+)"/g).map(([, name]) => name!);
  return named.find((name) => OPERATIONS.has(name)) as Operation | undefined;
}

/** @throws ChatKitError body_too_large */
export function requireSize(bytes: number, most: number): void {
  if (bytes > most) throw new ChatKitError("body_too_large", { message: `The body is larger than ${most} bytes.` });
}
