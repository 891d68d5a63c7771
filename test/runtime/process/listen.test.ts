import { afterEach, expect, test } from "bun:test";
import { listen, type Listener } from "../../../src/runtime/process/listen.ts";

let listener: Listener | undefined;
afterEach(() => listener?.stop(true));

const listening = () => (listener = listen({ host: "127.0.0.1", port: 0 }));

/** The whole answer to these bytes. */
function raw(port: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const data = (_: unknown, bytes: Uint8Array) => void (answer += new TextDecoder().decode(bytes));
  void Bun.connect({ hostname: "127.0.0.1", port, socket: { open: (socket) => void socket.write(text), data, close: () => resolve(answer) } });
  return promise;
}

test("a probe during the start is told at once, also by HTTP/1.0 and without a host", async () => {
  const { port } = listening();
  const answer = await raw(port, "GET /livez HTTP/1.0\r\n\r\n");
  expect(answer).toStartWith("HTTP/1.1 503");
  expect(answer).toEndWith('{"status":"starting"}');
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: "starting" }]);
});

test("a request during the start waits for its end", async () => {
  const { port, open } = listening();
  const answer = fetch(`http://127.0.0.1:${port}/chatkit`, { method: "POST" });
  await Bun.sleep(20);
  open(async (request) => new Response(request.method));
  expect(await (await answer).text()).toBe("POST");
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("GET");
});

test("a start that takes too long answers in the form of every error", async () => {
  const { port } = listening();
  const answer = await fetch(`http://127.0.0.1:${port}/chatkit`, { method: "POST" });
  const body = (await answer.json()) as { error: { request_id: string } };
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(body).toMatchObject({ message: "The server is starting.", error: { code: "shutting_down" } });
  expect(body.error.request_id).toBe(answer.headers.get("x-request-id")!);
}, 30_000);
