const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * The chunks of a body as they arrive, those of one turn of the event loop together: a client may send a megabyte in chunks of one byte,
 * and each by itself costs a promise (CWE-400).
 */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  let isOver = false;
  try {
    for (;;) {
      // While nobody waits for the next chunk Bun joins them.
      await nextTurn();
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isOver) reader.cancel().catch(() => {});
  }
}
