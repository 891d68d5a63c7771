import { expect, test } from "bun:test";
import { readMessages } from "../../../../src/ui/element/client/sse.ts";

/** In pieces of that many bytes. */
function body(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

test.each([1, 2, 3, 7, 1000])("an event stream in pieces of %d bytes is read whole, without comments and what was cut off", async (size) => {
  const text = ': ok\ndata: {"a":"é"}\n\n: hb\ndata:x\ndata: y\n\nevent: none\n\ndata: cut';
  expect(await Array.fromAsync(readMessages(body(text, size)))).toEqual(['{"a":"é"}', "x\ny"]);
});
