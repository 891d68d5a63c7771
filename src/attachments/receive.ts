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
 * Uploads that are read at once. The others wait where they are, in the sockets. A slow one needs no place: what it holds in memory is
 * little, and strangers that send a byte a second would keep all others out (CWE-400).
 */
const READING = new Places({ count: 8, patienceMs: 1000, slowBytesPerS: 512 * 1024 });

/** Stores what arrives under the key, if it is what was announced; otherwise nothing. @throws ChatKitError */
export async function receive(bytes: ByteStore, key: string, expected: Expected, chunks: AsyncIterable<Uint8Array>): Promise<Received> {
  const received = { type: expected.type, size: 0 };
  await bytes.write(key, checked(inPlace(chunks), expected, received));
  return received;
}

const COLLECT_BYTES = 32 * 1024 ** 2;
let uncollected = 0;

/** Chunks that are written are collected only when the heap has grown by as much as it holds, which they are not part of. */
function collect(bytes: number): void {
  uncollected += bytes;
  if (uncollected < COLLECT_BYTES) return;
  uncollected = 0;
  Bun.gc(true);
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
  const place = await READING.enter();
  try {
    for await (const chunk of chunks) {
      place.note(chunk.byteLength);
      yield chunk;
      collect(chunk.byteLength);
    }
  } finally {
    place.leave();
  }
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
      head.push(chunk);
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
