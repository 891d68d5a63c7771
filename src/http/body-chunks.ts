import { nextTurn } from "../protocol/json/steps.ts";

const LARGE_BYTES = 32 * 1024;

/**
 * The chunks of a body as they arrive; those that come in one turn of the event loop are given together. A client may send a megabyte in
 * chunks of one byte, and each given by itself would cost a promise (CWE-400).
 */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  let isOver = false;
  let last = 0;
  try {
    for (;;) {
      // Bun joins the chunks that arrive while none is awaited. Large ones are left as they are: joined, they would fill memory.
      if (last < LARGE_BYTES) await nextTurn();
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      last = value.byteLength;
      yield value;
    }
  } finally {
    if (!isOver) reader.cancel().catch(() => {});
  }
}
