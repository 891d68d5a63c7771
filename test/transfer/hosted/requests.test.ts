import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { Gate } from "../../../src/transfer/hosted/gate.ts";
import { retryAfterMs } from "../../../src/transfer/hosted/request-failure.ts";
import { Requests } from "../../../src/transfer/hosted/requests.ts";
import { QUICK } from "../saving.ts";

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

let answers: Answer[] = [];
let asked: number[] = [];
const server = createServer((request, response) => {
  asked.push(performance.now());
  void (answers.length > 1 ? answers.shift()! : answers[0]!)(response, request);
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => void (asked = []));

const good: Answer = (response) => response.end("good");
const status =
  (code: number, headers: Record<string, string> = {}, body = ""): Answer =>
  (response) =>
    response.writeHead(code, headers).end(body);

async function get(patience = {}, secrets: string[] = [], signal = new AbortController().signal) {
  const requests = new Requests(4, { ...QUICK, ...patience }, signal);
  return requests.get({ url, secrets }, async (_, body) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  });
}

describe("what may pass is tried again", () => {
  test.each<[string, Answer]>([
    ["a server error", status(500)],
    ["a gateway's error page", status(503, { "content-type": "text/html" }, "<html>")],
    ["a conflict", status(409)],
    ["a connection that is reset", (response) => (response.socket as { resetAndDestroy?(): void }).resetAndDestroy?.()],
    [
      "a body that is cut",
      (response) => (response.writeHead(200, { "content-length": 10 }).write("go"), setTimeout(() => response.destroy(), 5)),
    ],
    ["a chunked body that is cut", (response) => (response.write("go"), setTimeout(() => response.destroy(), 5))],
    ["a body that stands still", (response) => response.writeHead(200, { "content-length": 10 }).write("go")],
  ])("%s", async (_, bad) => {
    answers = [bad, bad, good];
    expect(await get()).toBe("good");
    expect(asked.length).toBe(3);
  });

  test("an answer that does not come", async () => {
    answers = [() => {}, good];
    expect(await get({ headMs: 100 })).toBe("good");
  });

  test("a body that trickles without an end", async () => {
    answers = [(response) => void setInterval(() => response.write("."), 20), good];
    expect(await get({ wholeMs: 300 })).toBe("good");
  });

  test("so many times, then the reason is told", async () => {
    answers = [status(500)];
    expect(await get({ tries: 3 }).catch((error: Error) => error.message)).toBe("HTTP 500 (tried 3 times)");
    expect(asked.length).toBe(3);
  });

  test("with pauses that grow", async () => {
    answers = [status(500), status(500), status(500), status(500), good];
    await get({ backoffMs: 20 });
    const pauses = asked.slice(1).map((at, i) => at - asked[i]!);
    expect(pauses[0]).toBeGreaterThanOrEqual(9);
    expect(pauses[3]).toBeGreaterThanOrEqual(79);
  });
});

describe("what does not pass is told at once", () => {
  test.each([
    [400, '{"error":{"message":"no such\\ncursor"}}', "HTTP 400: no such cursor"],
    [401, '{"error":{"message":"Incorrect API key provided: sk-secret\\u001b[31m."}}', "HTTP 401: Incorrect API key provided: *** [31m."],
    [403, "<html>", "HTTP 403"],
    [404, '{"error":null}', "HTTP 404"],
  ])("%d with %s", async (code, body, message) => {
    answers = [status(code, {}, body)];
    expect(await get({}, ["sk-secret"]).catch((error: Error) => error.message)).toBe(message);
    expect(asked.length).toBe(1);
  });

  test("a redirect: followed by itself, it would take the key along", async () => {
    answers = [status(302, { location: "http://127.0.0.1:1/" })];
    expect(await get().catch((error: Error) => error.message)).toBe("HTTP 302");
  });

  test("a server that is not there, after its tries", async () => {
    const requests = new Requests(1, { ...QUICK, tries: 2 }, new AbortController().signal);
    const failed = await requests.get({ url: "http://127.0.0.1:1/" }, async () => "").catch((error: Error) => error.message);
    expect(failed).toMatch(/^no connection \(\w+\) \(tried 2 times\)$/);
  });
});

describe("a server that has enough is obeyed", () => {
  test("for as long as it says", async () => {
    answers = [status(429, { "retry-after": "0.3" }), good];
    await get();
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(299);
  });

  test("by everybody, when it refuses one after the other", async () => {
    const busy = status(429, { "retry-after": "1" });
    answers = [busy, busy, good];
    const requests = new Requests(4, QUICK, new AbortController().signal);
    const take = async () => "good";
    await Promise.all([requests.get({ url }, take), requests.get({ url }, take), Bun.sleep(400).then(() => requests.get({ url }, take))]);
    expect(asked.length).toBe(5);
    for (const at of asked.slice(2)) expect(at - asked[0]!).toBeGreaterThanOrEqual(999);
  });

  test("and others are not held up by one that was refused for itself", async () => {
    answers = [status(429, { "retry-after": "0.4" }), good];
    const requests = new Requests(4, QUICK, new AbortController().signal);
    const take = async () => performance.now();
    const [first, second] = await Promise.all([requests.get({ url }, take), Bun.sleep(100).then(() => requests.get({ url }, take))]);
    expect(second!).toBeLessThan(first!);
  });

  test("more often than other failures are borne", async () => {
    const busy = status(429);
    answers = [...Array.from({ length: 12 }, () => busy), good];
    expect(await get({ tries: 2, longestBackoffMs: 10 })).toBe("good");
  });

  test("but not for ever", async () => {
    answers = [status(429, { "retry-after": "86400" })];
    expect(await get().catch((error: Error) => error.message)).toBe("HTTP 429 (it asks to wait 24 h)");
  });

  test("also when it fails otherwise", async () => {
    answers = [status(503, { "retry-after": "0.2" }), good];
    await get();
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(199);
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{ "retry-after": "3" }, 3000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "7", "retry-after-ms": "250" }, 250],
    [{ "retry-after": "Wed, 26 Nov 2025 10:00:30 GMT", date: "Wed, 26 Nov 2025 10:00:00 GMT" }, 30_000],
    [{ "retry-after": "Wed, 26 Nov 2025 09:00:00 GMT", date: "Wed, 26 Nov 2025 10:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{}, undefined],
  ])("%p", (headers, ms) => {
    expect(retryAfterMs(new Headers(headers))).toBe(ms);
  });
});

test("an end from outside ends what is under way and what waits", async () => {
  answers = [() => {}];
  const stop = new AbortController();
  const requests = new Requests(1, QUICK, stop.signal);
  const waiting = [1, 2, 3].map(() => requests.get({ url }, async () => "").catch((error: Error) => error.name));
  await Bun.sleep(50);
  stop.abort();
  expect(await Promise.all(waiting)).toEqual(["AbortError", "AbortError", "AbortError"]);
  expect(asked.length).toBe(1);
});

test("a gate that was told to slow down lets half through, and more again when all goes well", async () => {
  const gate = new Gate(8, new AbortController().signal);
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await Bun.sleep(1);
    inside--;
  };
  const many = (count: number) => Promise.all(Array.from({ length: count }, () => gate.run(work)));
  await many(30);
  expect(most).toBe(8);
  gate.refused(10);
  gate.refused(20);
  most = 0;
  await many(20);
  expect(most).toBe(4);
  await many(400);
  expect(most).toBe(8);
});
