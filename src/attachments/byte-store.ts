/** A place for bytes. Keys are ids that this server has made, and nothing that a client has said. */
export interface ByteStore {
  /**
   * Stores all chunks under the key, in place of what was there, or nothing. What is stored survives a crash.
   * @param chunks each is good only until the next one is asked for
   * @throws what `chunks` throws; ChatKitError storage_full, storage_unavailable
   */
  write(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Undefined when there is nothing. @throws ChatKitError storage_unavailable */
  open(key: string): Promise<StoredBytes | undefined>;
  /** No error when there is nothing. @throws ChatKitError storage_unavailable */
  delete(key: string): Promise<void>;
  /** All keys, and when each was written, in milliseconds since 1970. */
  list(): AsyncIterable<{ key: string; writtenAt: number }>;
  /** Deletes what writes have left that broke off before that time, in milliseconds since 1970. */
  tidy?(before: number): Promise<void>;
  /** A URL to which a client sends bytes past this server, by PUT. What arrives there is checked when it is used. */
  uploadUrl?(key: string, expiresInS: number): string;
}

export type StoredBytes = {
  size: number;
  /** The bytes from `start` up to but without `end`. */
  part(start: number, end: number): Blob | ReadableStream<Uint8Array>;
  all(): Promise<Uint8Array>;
};

const KEY = /^[A-Za-z0-9_-]{8,120}(?:\.[a-z]{1,20})?$/;

/** @throws Error for a key that could name anything but a file of ours (CWE-22) */
export function requireKey(key: string): void {
  if (!KEY.test(key)) throw new Error("not a key of an attachment");
}
