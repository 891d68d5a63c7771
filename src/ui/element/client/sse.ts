/**
 * The data of the messages of an event stream, as they arrive. Comment lines are left out, and so is a last message without the blank line
 * that ends it: it was cut off.
 */
export async function* readMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // What was there before is not searched again: a message of megabytes comes in hundreds of pieces.
      const searched = Math.max(0, rest.length - 1);
      rest += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      let from = 0;
      for (let end = rest.indexOf("\n\n", searched); end >= 0; end = rest.indexOf("\n\n", from)) {
        const data = dataOf(rest.slice(from, end));
        from = end + 2;
        if (data !== undefined) yield data;
      }
      rest = rest.slice(from);
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function dataOf(message: string): string | undefined {
  const lines = message.split("\n").flatMap((line) => (line.startsWith("data:") ? [line.slice(5).replace(/^ /, "")] : []));
  return lines.length > 0 ? lines.join("\n") : undefined;
}
