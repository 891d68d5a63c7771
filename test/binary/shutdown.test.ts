import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { connect } from "node:net";
import { join } from "node:path";
import type { SentEvent } from "../../src/protocol/events.ts";
import { say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(90_000);
const model = new ResponsesServer();
beforeAll(binary);
afterAll(() => model.stop());

const start = (...args: string[]) =>
  startBinary(["--database-url", "memory:", ...args], { env: { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url } });

/** Streams that have begun; each resolves to all it was sent. */
async function openStreams(program: Program, count: number, script: string): Promise<Promise<SentEvent[]>[]> {
  const streams = Array.from({ length: count }, () => program.post({ type: "threads.create", params: { input: userInput(script) } }));
  return (await Promise.all(streams)).map((response) => Array.fromAsync(eventsOf(response)));
}

const words = (count: number, delay: number) => say({ turns: [[{ text: "word ".repeat(count).trim() }]], delay });

test("an idle program ends at once and cleanly, on SIGTERM and on SIGINT", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using program = await start();
    expect(await program.end(signal)).toBe(0);
    expect(program.output.stderr).toContain('"msg":"stopped"');
  }
});

test("on SIGTERM open streams come to their own end, new work is refused and readyz says so", async () => {
  await using program = await start();
  const streams = await openStreams(program, 20, words(40, 40));
  await Bun.sleep(300);
  program.child.kill("SIGTERM");
  await program.ending();
  expect((await fetch(`${program.url}/livez`)).status).toBe(200);
  const refused = await program.post({ type: "threads.list", params: {} });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
  for (const events of await Promise.all(streams)) expect(texts(events)).toEqual(["word ".repeat(40).trim()]);
  expect(await program.end()).toBe(0);
});

test("a signal while the agent is still loading lets the answers that wait for it come to their end", async () => {
  const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = free;
  await free.stop(true);
  const child = Bun.spawn([await binary(), "--port", String(port), "--database-url", "memory:"], { env: {}, stdout: "ignore", stderr: "ignore" });
  const body = JSON.stringify({ type: "threads.create", params: { input: userInput("hi") } });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  let response: Response | undefined;
  while (!response) response = await fetch(`http://127.0.0.1:${port}/chatkit`, init).catch(() => Bun.sleep(1).then(() => undefined));
  child.kill("SIGTERM");
  expect((await Array.fromAsync(eventsOf(response))).at(-1)?.type).toBe("thread.item.done");
  expect(await child.exited).toBe(0);
});

test("streams that outlast the grace period end with an error the client may retry", async () => {
  await using program = await start("--shutdown-grace", "500ms");
  const asked = () => model.requests.filter(({ body }) => body.stream).length;
  const before = asked();
  const streams = await openStreams(program, 5, words(2000, 20));
  // A head leaves before its answer has begun.
  await until(async () => (asked() - before >= 5 ? true : undefined), 60_000);
  await Bun.sleep(300);
  expect(await program.end("SIGTERM")).toBe(0);
  // A title that is ready may still be told after it.
  for (const events of await Promise.all(streams)) {
    expect(events.filter(({ type }) => type === "error")).toMatchObject([{ type: "error", allow_retry: true }]);
  }
});

test("a request that cannot open its run within the grace period ends with an error the client may retry", async () => {
  await using folder = await emptyFolder();
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  const database = join(folder.path, "chat.db");
  await using program = await startBinary(["--database-url", `sqlite:${database}`, "--shutdown-grace", "300ms"], { cwd: folder.path, env });
  const holder = new Database(database);
  holder.run("begin immediate");
  const [stream] = await openStreams(program, 1, words(1, 0));
  program.child.kill("SIGTERM");
  expect((await stream)?.at(-1)).toMatchObject({ type: "error", allow_retry: true });
  holder.run("rollback");
  holder.close();
  expect(await program.end()).toBe(4);
});

test("a second signal ends at once, uncleanly", async () => {
  await using program = await start("--shutdown-grace", "60s");
  const streams = Promise.allSettled(await openStreams(program, 2, words(2000, 20)));
  program.child.kill("SIGTERM");
  await program.ending();
  // Two signals of the same moment are one.
  await Bun.sleep(200);
  const asked = performance.now();
  expect(await program.end("SIGTERM")).toBe(4);
  expect(performance.now() - asked).toBeLessThan(1000);
  expect(program.output.stderr).toContain('"clean":false,"answers":2,"msg":"stopped at once by a second signal');
  await streams;
});

test("a signal ends a start that hangs", async () => {
  await using folder = await emptyFolder();
  await Bun.write(
    join(folder.path, "agent.ts"),
    'process.stderr.write("hanging\\n"); await new Promise(() => setInterval(() => {}, 1000)); export default 1;',
  );
  const child = Bun.spawn([await binary(), "--port", "0", "--database-url", "memory:", "--agent", "agent.ts"], {
    cwd: folder.path,
    stdout: "ignore",
    stderr: "pipe",
  });
  await child.stderr.getReader().read();
  child.kill("SIGTERM");
  expect(await child.exited).toBe(4);
});

test("a reader that takes nothing does not keep the program from ending", async () => {
  await using program = await start("--shutdown-grace", "200ms");
  const body = JSON.stringify({
    type: "threads.create",
    params: { input: userInput(say([[{ text: "x".repeat(8 * 1024 ** 2), deltas: 200 }]])) },
  });
  const socket = connect(Number(new URL(program.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write(`POST /chatkit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await Bun.sleep(1000);
  expect(await program.end("SIGTERM")).toBe(4);
  socket.destroy();
});
