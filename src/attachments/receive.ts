import { ChatKitError } from "../errors.ts";
import type { ByteStore, StoredBytes } from "./byte-store.ts";
import { Places } from "./places.ts";
import { HEAD_BYTES, realType } from "./real-type.ts";
import { requireSize } from "./upload-rules.ts";

type Expected = {
  /** The type that was claimed. */
  type: string;
  /** The size that was announced, if there was one. */
  size?: number;
  /** How large a file of the type may be that its bytes turn out to be. @throws ChatKitError when that type is not taken */
  mostOf(type: string): number;
};
export type Received = { type: string; size: number };

/**
 * Uploads whose chunks are stored at once. The others wait where they are, in the sockets, where Bun holds a megabyte or more of each.
 */
const READING = new Places(8);
/** Whose next chunk takes longer to come gives its place up: strangers that send a byte a second would keep all others out (CWE-400). */
const SOON_MS = 10;

/** Stores what arrives under the key, if it is what was announced; otherwise nothing. @throws ChatKitError */
export async function receive(bytes: ByteStore, key: string, expected: Expected, chunks: AsyncIterable<Uint8Array>): Promise<Received> {
  const received = { type: expected.type, size: 0 };
  await bytes.write(key, checked(inPlace(chunks), expected, received));
  return received;
}

/** The same chunks, which are not all there before `end` is. What it throws, they throw. */
export async function* followedBy(chunks: AsyncIterable<Uint8Array>, end: () => Promise<void>): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
  await end();
}

const LOOK_BYTES = 32 * 1024 ** 2;
const GROWTH_BYTES = 64 * 1024 ** 2;
let unseen = 0;
let ceiling: number | undefined;

/**
 * Chunks that are not freed by who gave them are collected only when the heap has grown by as much as it holds, which they are not part of:
 * those of forms, and on the way to S3.
 */
function collect(bytes: number): void {
  unseen += bytes;
  ceiling ??= process.memoryUsage.rss() + GROWTH_BYTES;
  if (unseen < LOOK_BYTES) return;
  unseen = 0;
  if (process.memoryUsage.rss() < ceiling) return;
  Bun.gc(true);
  ceiling = process.memoryUsage.rss() + GROWTH_BYTES;
}

/** The same for bytes that are stored already. @throws ChatKitError */
export async function checkStored(stored: StoredBytes, { type, size, mostOf }: Required<Expected>): Promise<Received> {
  if (stored.size !== size) throw otherSize(size, stored.size);
  const head = new Uint8Array(await new Response(stored.part(0, Math.min(stored.size, HEAD_BYTES))).arrayBuffer());
  const found = await realType(head, type);
  requireSize(size, mostOf(found));
  return { type: found, size };
}

async function* inPlace(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = chunks[Symbol.asyncIterator]();
  let isInside = false;
  const enter = () => READING.enter().then(() => void (isInside = true));
  const leave = () => {
    if (isInside) READING.leave();
    isInside = false;
  };
  try {
    await enter();
    for (;;) {
      const coming = reader.next();
      if (!(await isSoon(coming))) leave();
      const { done, value } = await coming;
      if (done) return;
      if (!isInside) await enter();
      yield value;
      collect(value.byteLength);
    }
  } finally {
    leave();
    await reader.return?.();
  }
}

/** Whether it ends within `SOON_MS`, well or not. */
async function isSoon(work: Promise<unknown>): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, SOON_MS, false)));
  const done = () => true;
  const isInTime = await Promise.race([work.then(done, done), late]);
  clearTimeout(timer);
  return isInTime;
}

/** The same chunks. Throws as soon as something is wrong with them, and so before they count as stored. */
async function* checked(chunks: AsyncIterable<Uint8Array>, expected: Expected, received: Received): AsyncGenerator<Uint8Array, void> {
  const most = expected.size ?? expected.mostOf(expected.type);
  let head: Uint8Array[] | undefined = [];
  const lookAt = async (parts: Uint8Array[]) => {
    received.type = await realType(Buffer.concat(parts).subarray(0, HEAD_BYTES), expected.type);
    head = undefined;
  };
  for await (const chunk of chunks) {
    received.size += chunk.byteLength;
    if (received.size > most) throw tooMuch(expected, most);
    if (head) {
      // A copy, since a chunk is good only until the next one is asked for.
      head.push(chunk.slice(0, HEAD_BYTES));
      if (received.size >= HEAD_BYTES) await lookAt(head);
    }
    yield chunk;
  }
  if (received.size === 0) throw new ChatKitError("invalid_request", { message: "The file is empty." });
  if (expected.size !== undefined && received.size !== expected.size) throw otherSize(expected.size, received.size);
  if (head) await lookAt(head);
  requireSize(received.size, expected.mostOf(received.type));
}

function tooMuch({ size }: Expected, most: number): ChatKitError {
  if (size !== undefined) return otherSize(size, undefined);
  return new ChatKitError("body_too_large", { message: `The file is larger than ${most} bytes.` });
}

export function otherSize(announced: number, received: number | undefined): ChatKitError {
  const message = `The file was announced with ${announced} bytes, and ${received === undefined ? "has more" : `has ${received}`}.`;
  return new ChatKitError(received === undefined || received > announced ? "body_too_large" : "invalid_request", { message });
}
