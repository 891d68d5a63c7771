import { afterAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { LIST_THREADS, testApp } from "../support/http.ts";

const { app } = testApp();
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: app.fetch });
afterAll(() => server.stop(true));

/** The first line of the answer to bytes as they are. */
function firstLine(request: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: server.port! });
  socket.end(request);
  return new Promise((resolve, reject) => {
    let answer = "";
    socket.on("data", (bytes) => (answer += bytes.toString())).on("end", () => resolve(answer.split("\r\n", 1)[0]!));
    socket.on("error", reject);
  });
}

test.each(["", "Host:\r\n", "Host: a b\r\n", "Host: user@h:99999\r\n", "Host: h\r\n"])(
  "a load balancer that speaks HTTP/1.0 and says %j finds the probes",
  async (host) => {
    for (const path of ["/livez", "/readyz?verbose"]) expect(await firstLine(`GET ${path} HTTP/1.0\r\n${host}\r\n`)).toEndWith(" 200 OK");
  },
);

test("without a host the protocol is where it always is, and nowhere else", async () => {
  const body = JSON.stringify(LIST_THREADS);
  const post = (path: string) => firstLine(`POST ${path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  expect(await post("/chatkit")).toEndWith(" 200 OK");
  for (const path of ["/x/chatkit", "/xxxx/chatkit", "//chatkit"]) expect(await post(path)).toEndWith(" 404 Not Found");
});
