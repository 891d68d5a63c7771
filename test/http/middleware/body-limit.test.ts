import { afterAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { createApp } from "../../../src/http/app.ts";
import { chunksOf } from "../../../src/http/body-chunks.ts";
import { Scripted } from "../../support/chat.ts";
import { LIST_THREADS, errorOf, testApp } from "../../support/http.ts";

const LIMIT = 2048;
const MIB = 1024 ** 2;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  fetch: createApp(new Scripted(async function* () {}), { maxBodyBytes: LIMIT }).fetch,
});
afterAll(() => server.stop(true));

const url = `${server.url.origin}/chatkit`;
const headers = { "content-type": "application/json" };
/** A request of so many bytes. */
function padded(bytes: number): string {
  const bare = JSON.stringify({ ...LIST_THREADS, pad: "" });
  return JSON.stringify({ ...LIST_THREADS, pad: "x".repeat(bytes - bare.length) });
}

function chunked(chunks: number, bytes: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ === chunks) controller.close();
      else controller.enqueue(new Uint8Array(bytes).fill(32));
    },
  });
}

test("a body of exactly the limit is taken, one byte more is refused", async () => {
  expect((await fetch(url, { method: "POST", headers, body: padded(LIMIT) })).status).toBe(200);
  expect(await errorOf(await fetch(url, { method: "POST", headers, body: padded(LIMIT + 1) }))).toMatchObject({
    status: 413,
    code: "body_too_large",
  });
});

test("a body without a length is counted as it comes", async () => {
  expect(await errorOf(await fetch(url, { method: "POST", headers, body: chunked(3, 1024) }))).toMatchObject({
    status: 413,
    code: "body_too_large",
  });
  const small = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(JSON.stringify(LIST_THREADS)));
      controller.close();
    },
  });
  expect((await fetch(url, { method: "POST", headers, body: small })).status).toBe(200);
});

test("the limit holds for routes of one's own, too", async () => {
  const { app } = testApp({ maxBodyBytes: LIMIT });
  app.post("/upload", async (c) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));
  expect(await (await app.request("/upload", { method: "POST", body: chunked(1, 1024) })).json()).toEqual({ bytes: 1024 });
  expect(await errorOf(await app.request("/upload", { method: "POST", body: chunked(3, 1024) }))).toMatchObject({ status: 413 });
});

test("a compressed body is refused: what it grows to is not known (CWE-409)", async () => {
  const body = Bun.gzipSync(new Uint8Array(10 * MIB));
  const refused = await fetch(url, { method: "POST", headers: { ...headers, "content-encoding": "gzip" }, body });
  expect(await errorOf(refused)).toMatchObject({ status: 415, code: "unsupported_media_type" });
});

test("a body that breaks off is nobody's fault here", async () => {
  const socket = connect(server.port!, "127.0.0.1");
  socket.write(`POST /chatkit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"type"`);
  await Bun.sleep(50);
  socket.destroy();
  await Bun.sleep(50);
  expect((await fetch(url, { method: "POST", headers, body: JSON.stringify(LIST_THREADS) })).status).toBe(200);
});

test("an operation may have a limit of its own, which holds however the body comes and whatever it says at its beginning", async () => {
  const { app } = testApp({ maxBodyBytes: LIMIT, bodyLimits: { "input.transcribe": 8 * LIMIT, "threads.delete": 100 } });
  const transcribe = (bytes: number) => JSON.stringify({ type: "input.transcribe", params: { mime_type: "audio/webm", audio_base64: "A".repeat(bytes) } });
  const lie = `{"type":"input.transcribe","pad":"${"x".repeat(2 * LIMIT)}","type":"threads.list","params":{}}`;
  const late = `{"pad":"${"x".repeat(2 * LIMIT)}","type":"input.transcribe","params":{"mime_type":"a","audio_base64":""}}`;
  const expected: [body: string, status: number][] = [
    [transcribe(4 * LIMIT), 501],
    [transcribe(8 * LIMIT), 413],
    [padded(LIMIT), 200],
    [padded(2 * LIMIT), 413],
    [lie, 413],
    [late, 413],
    [JSON.stringify({ type: "threads.delete", params: { thread_id: "t", pad: "x".repeat(100) } }), 413],
    [JSON.stringify({ type: "threads.delete", params: { thread_id: "t" } }), 404],
  ];
  for (const [body, status] of expected) {
    for (const length of [{ "content-length": String(body.length) }, {}]) {
      const sent = "content-length" in length ? body : streamOf(body);
      const response = await app.request("/chatkit", { method: "POST", headers: { ...headers, ...length }, body: sent });
      expect([response.status, body.slice(0, 60)]).toEqual([status, body.slice(0, 60)]);
    }
  }
});

function streamOf(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, (at += 700)));
      if (at >= bytes.length) controller.close();
    },
  });
}

test("a body in chunks of one byte is taken in few pieces, by the protocol's route and by one's own (CWE-400)", async () => {
  let pieces = 0;
  const { app } = testApp({ maxBodyBytes: MIB });
  app.post("/mine", async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)));
  const served = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request, connection) {
      if (!request.url.endsWith("/pieces")) return app.fetch(request, connection);
      for await (const _ of chunksOf(request.body!)) pieces++;
      return new Response();
    },
  });
  const text = padded(50_000);
  expect(await byteByByte(served.port!, "/pieces", text)).toStartWith("HTTP/1.1 200");
  expect(pieces).toBeLessThan(text.length / 50);
  expect(await byteByByte(served.port!, "/chatkit", text)).toContain('"has_more":false');
  expect(await byteByByte(served.port!, "/mine", text)).toEndWith(String(text.length));
  await served.stop(true);
});

/** What is answered to a body of which each byte is a chunk. */
function byteByByte(port: number, path: string, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(port, "127.0.0.1");
  socket.on("data", (bytes) => (answer += bytes.toString()));
  socket.on("close", () => resolve(answer));
  socket.on("error", reject);
  socket.write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n`);
  socket.write(`${Array.from(body, (byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`);
  return promise;
}
