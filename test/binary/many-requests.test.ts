import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { request } from "node:http";
import { say } from "../support/agent-turn.ts";
import { binary, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

// Past the 256 requests that Bun lets a process have under way unless told otherwise.
const STREAMS = 300;

test("more answers at once than Bun's own limit of requests all reach the model", async () => {
  const model = new ResponsesServer();
  try {
    await using program = await startBinary(["--database-url", "memory:"], { env: { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url } });
    const clients = Array.from({ length: STREAMS }, () => open(program));
    await until(async () => (model.requests.filter(({ body }) => body.stream).length === STREAMS ? true : undefined), 30_000);
    for (const client of clients) client.destroy();
    expect(await program.end("SIGTERM")).toBe(0);
  } finally {
    await model.stop();
  }
});

/** By node:http, since fetch has that limit here, too. */
function open(program: Program) {
  const client = request(`${program.url}/chatkit`, { method: "POST", agent: false, headers: { "content-type": "application/json" } });
  client.on("error", () => {});
  client.on("response", (response) => response.resume());
  client.end(JSON.stringify({ type: "threads.create", params: { input: userInput(say([[{ text: "begun" }, { hang: true }]])) } }));
  return client;
}
