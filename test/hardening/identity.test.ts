import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import { trustedHeader } from "../../src/auth/trusted-header.ts";
import { createApp, type AppOptions } from "../../src/http/app.ts";
import { listen, type Listener } from "../../src/runtime/process/listen.ts";
import { assistantMessage } from "../../src/server/builders.ts";
import { ports, Scripted, recordingLogger } from "../support/chat.ts";
import { createThreadBody, LIST_THREADS, testApp } from "../support/http.ts";
import { until } from "../support/until.ts";

/** Attacks on who is asking, over real connections. */

let listener: Listener | undefined;
afterEach(() => listener?.stop(true));

const UNLISTED = ["192.0.2.1"];

/** An app behind a listener on loopback: who was believed, and how many were heard. */
function serve(proxies: readonly string[], options: AppOptions = {}) {
  const believed: string[] = [];
  const server = new Scripted(async function* (_thread, _message, { userId }) {
    believed.push(userId);
    yield assistantMessage("Hello.");
  }, ports(undefined, recordingLogger()));
  const app = createApp(server, { authenticate: trustedHeader({ proxies }), trustedProxies: proxies, ...options });
  app.post("/pay", (c) => c.text(String(believed.push("module"))));
  let heard = 0;
  const listening = (listener = listen({ host: "127.0.0.1", port: 0 }));
  const open = () => {
    listening.open(async (request, connection) => {
      try {
        return await app.fetch(request, connection);
      } finally {
        heard += 1;
      }
    });
  };
  return { believed, port: listening.port, open, heard: () => heard };
}

const INIT = { method: "POST", headers: { "content-type": "application/json", "x-user-id": "ada" }, body: JSON.stringify(LIST_THREADS) };
const BODY = JSON.stringify(createThreadBody());
const request = (path: string) =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-user-id: victim\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

/** Sends one whole request and leaves at once: with a reset, or as politely as a client can. */
function sendAndLeave(port: number, path: string, how: "reset" | "end"): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(request(path), () => {
      if (how === "reset") socket.resetAndDestroy();
      else socket.end();
      resolve();
    });
  });
  socket.on("error", () => resolve());
  return promise;
}

async function inTurns(times: number, send: () => Promise<void>): Promise<void> {
  for (let sent = 0; sent < times; sent += 20) await Promise.all(Array.from({ length: 20 }, send));
}

test.each(["/chatkit", "/pay"])("CWE-290: of 300 peers that are not listed and reset the connection none is believed on %s", async (path) => {
  const { port, open, believed, heard } = serve(UNLISTED);
  open();
  await inTurns(300, () => sendAndLeave(port, path, "reset"));
  await until(async () => heard() >= 290 || undefined);
  expect(believed).toEqual([]);
});

test.each(["reset", "end"] as const)("CWE-290: nobody is believed who has left while the server was starting: %s", async (how) => {
  const { port, open, believed, heard } = serve(UNLISTED);
  await inTurns(40, () => sendAndLeave(port, "/chatkit", how));
  await Bun.sleep(50);
  open();
  await until(async () => heard() >= 38 || undefined);
  expect(believed).toEqual([]);
});

test("who has sent a request during the start and waits for the answer is known by the address it came from", async () => {
  const { port, open, believed } = serve(["loopback"]);
  const answer = fetch(`http://127.0.0.1:${port}/chatkit`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": "ada" },
    body: BODY,
  });
  await Bun.sleep(20);
  open();
  expect((await answer).status).toBe(200);
  await (await answer).text();
  expect(believed).toEqual(["ada"]);
});

test("CWE-290: a request without a connection is believed only when the app was told that it is called so", async () => {
  const server = new Scripted(async function* () {}, ports(undefined, recordingLogger()));
  const status = async (options: AppOptions, env?: object) =>
    (await createApp(server, { authenticate: trustedHeader({ proxies: ["any"] }), ...options }).request("/chatkit", INIT, env)).status;
  const hungUp = { requestIP: () => null };
  expect(await status({})).toBe(401);
  expect(await status({}, hungUp)).toBe(401);
  expect(await status({ inProcess: true })).toBe(200);
  expect(await status({ inProcess: true }, hungUp)).toBe(401);
});

test("CWE-178: a name is the header's bytes: one with other bytes around it, or in another encoding, is another user", async () => {
  const { port, open, believed } = serve(["loopback"]);
  open();
  const names = [[0xa0, ...Buffer.from("alice"), 0xa0], Buffer.from("alice"), Buffer.from("Alice"), [0xe9], [0xc3, 0xa9], [0x85], [0xff], [0xef, 0xbb, 0xbf, 0x61], [0x61]];
  for (const name of names) {
    const [head, tail] = request("/chatkit").split("victim") as [string, string];
    await raw(port, Buffer.concat([Buffer.from(head), Buffer.from(name), Buffer.from(tail)]));
  }
  expect(believed.map((name) => Buffer.from(name, "latin1").toString("hex"))).toEqual(names.map((name) => Buffer.from(name).toString("hex")));
});

/** The whole answer to one request. */
function raw(port: number, bytes: Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(port, "127.0.0.1", () => void socket.write(bytes));
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
    if (answer.endsWith("0\r\n\r\n")) socket.destroy();
  });
  socket.on("close", () => resolve(answer));
  return promise;
}

test("CWE-287: an authenticator of somebody's own that names nobody lets nobody in", async () => {
  const { app } = testApp();
  expect((await app.request("/chatkit", INIT)).status).toBe(200);
  for (const odd of [undefined, null, {}, { userId: undefined }, { userId: null }, { userId: "" }, { userId: 7 }, { userId: {} }, "ada", { userId: "a\0b" }, { userId: "\ud800" }, { userId: "x".repeat(257) }]) {
    const guarded = testApp({ authenticate: (() => odd) as unknown as Authenticator }).app;
    expect([odd, (await guarded.request("/chatkit", INIT)).status]).toEqual([odd, 401]);
  }
});
