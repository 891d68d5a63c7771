import { describe, expect, test } from "bun:test";
import { APIError, OpenAIError } from "openai";
import { Stream } from "openai/streaming";
import { EventStream } from "../../../src/agents/models/event-stream.ts";

/** The openai package's own stream is the measure: what it makes of a body, ours makes of it. */

type Outcome = { events: unknown[]; error?: string; aborted: boolean };

function bodyOf(chunks: (string | Uint8Array)[]): Response {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk));
  return new Response(new ReadableStream({ start: (body) => (bytes.forEach((chunk) => body.enqueue(chunk)), body.close()) }));
}

async function read(kind: typeof Stream, chunks: (string | Uint8Array)[]): Promise<Outcome> {
  const controller = new AbortController();
  const events: unknown[] = [];
  try {
    for await (const event of kind.fromSSEResponse(bodyOf(chunks), controller)) events.push(event);
  } catch (error) {
    const message = error instanceof APIError ? `${error.message} ${JSON.stringify(error.error)}` : "";
    return { events, error: `${(error as Error).name} ${message}`, aborted: controller.signal.aborted };
  }
  return { events, aborted: controller.signal.aborted };
}

const BODIES: Record<string, string> = {
  "events of a model server": 'event: a\ndata: {"n":1}\n\nevent: b\ndata: {"n":2}\n\n',
  "returns and newlines": 'data: {"n":1}\r\n\r\ndata: {"n":\r\ndata: 2}\r\n\r\n',
  "returns alone": 'data: {"n":1}\r\rdata: {"n":2}\r\r',
  "comments, other fields, no space": ': hello\nid: 7\nretry: 10\ndata:{"n":1}\n\n: bye\n\n',
  "data in several lines": 'data: {\ndata: "n": 1\ndata: }\n\n',
  "an end without a blank line": 'data: {"n":1}\n\ndata: {"n":2}',
  "text beyond ASCII": 'data: {"t":"é 漢 🦊 \u2028 \u0085"}\n\n',
  "a byte order mark": '\ufeffdata: {"n":1}\n\n',
  "[DONE], and more": 'data: {"n":1}\n\ndata: [DONE]\n\ndata: {"n":2}\n\n',
  "an error event": 'data: {"n":1}\n\nevent: error\ndata: {"message":"too much","code":"rate_limit"}\n\ndata: {"n":2}\n\n',
  "an error in the data": 'data: {"error":{"message":"no such model"}}\n\n',
  "what is not JSON": 'data: {"n":1}\n\ndata: nope\n\n',
  "nothing": "",
};

describe("a model server's stream is read as the openai package reads it", () => {
  for (const [name, body] of Object.entries(BODIES)) {
    test(`${name}, however it is cut`, async () => {
      const bytes = new TextEncoder().encode(body);
      const expected = await read(Stream, [bytes]);
      expect(await read(EventStream, [bytes])).toEqual(expected);
      expect(await read(EventStream, Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
      for (let cut = 1; cut < bytes.length; cut++) {
        expect(await read(EventStream, [bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
      }
    });
  }
});

test("an event without data is no event", async () => {
  expect((await read(EventStream, ["event: ping\n\n", "data\n\n", 'data: {"n":1}\n\n'])).events).toEqual([{ n: 1 }]);
});

test("a line of many megabytes in many pieces is one event", async () => {
  const pieces = Array.from({ length: 2000 }, () => "x".repeat(8192));
  const { events } = await read(EventStream, ['data: {"image":"', ...pieces, '"}\n\n']);
  expect((events[0] as { image: string }).image).toHaveLength(2000 * 8192);
});

describe("reading ends", () => {
  const endless = () =>
    new Response(
      new ReadableStream({
        start: (body) => body.enqueue(new TextEncoder().encode('data: {"n":1}\n\n')),
        pull: () => new Promise(() => {}),
      }),
    );

  test("for who leaves, with the request", async () => {
    const controller = new AbortController();
    for await (const event of EventStream.fromSSEResponse(endless(), controller)) {
      expect(event).toEqual({ n: 1 });
      break;
    }
    expect(controller.signal.aborted).toBeTrue();
  });

  test("with [DONE], though the server goes on", async () => {
    const goOn = new ReadableStream({
      start: (body) => body.enqueue(new TextEncoder().encode("data: [DONE]\n\n")),
      pull: () => new Promise(() => {}),
    });
    const stream = EventStream.fromSSEResponse(new Response(goOn), new AbortController());
    expect(await Array.fromAsync(stream)).toEqual([]);
  });

  test("quietly when the request is aborted", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: endless });
    const controller = new AbortController();
    const response = await fetch(server.url, { signal: controller.signal });
    const events: unknown[] = [];
    for await (const event of EventStream.fromSSEResponse(response, controller)) {
      events.push(event);
      setTimeout(() => controller.abort(), 5);
    }
    expect(events).toEqual([{ n: 1 }]);
  });

  test("with an error when the connection breaks", async () => {
    const broken = new ReadableStream({ pull: () => Promise.reject(new Error("reset")) });
    const controller = new AbortController();
    const stream = EventStream.fromSSEResponse(new Response(broken), controller);
    await expect(Array.fromAsync(stream)).rejects.toThrow("reset");
  });

  test("after one reading", async () => {
    const stream = EventStream.fromSSEResponse(bodyOf(['data: {"n":1}\n\n']), new AbortController());
    await Array.fromAsync(stream);
    await expect(Array.fromAsync(stream)).rejects.toThrow(OpenAIError);
  });
});
