/**
 * What a text delta costs on its way through the whole server (model server → SDK → bridge → pipeline → SSE), as a ratio
 * to a bare loop that only drains the SDK's run of the same agent with the same input; each in a process of its own against the same model server.
 * DELTAS=200 ANSWERS=1000 bun test/bench/deltas.ts
 */
import { OpenAIProvider, Runner, setTracingDisabled } from "@openai/agents";
import OpenAI from "openai";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInAgent } from "../../src/agents/built-in-agent.ts";

const [role = "compare", ...args] = process.argv.slice(2);
const DELTAS = Number(process.env["DELTAS"] ?? 200);
const ANSWERS = Number(process.env["ANSWERS"] ?? 1000);
const WARM_UP = 200;

if (role === "model") serveModel();
else if (role === "sdk") await drainRuns(args[0]!, Number(args[1]));
else await compare();

/** One prepared answer for everybody, so that the model server takes as little of the machine as it can. */
function serveModel(): void {
  const body = new TextEncoder().encode(answer());
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      await request.bytes();
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  console.log(server.port);
}

function answer(): string {
  const item = { id: "msg_1", type: "message", role: "assistant" };
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const words = Array.from({ length: DELTAS }, (_, i) => `word${i} `);
  const part = { type: "output_text", text: words.join(""), annotations: [], logprobs: [] };
  const done = { ...item, status: "completed", content: [part] };
  const response = { id: "resp_1", object: "response", created_at: 0, model: "bench", status: "completed", output: [done], tools: [], usage: null };
  const events: object[] = [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...at, part: { ...part, text: "" } },
    ...words.map((delta) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [] })),
    { type: "response.output_text.done", ...at, text: part.text, logprobs: [] },
    { type: "response.content_part.done", ...at, part },
    { type: "response.output_item.done", output_index: 0, item: done },
    { type: "response.completed", response },
  ];
  return events.map((event, i) => `data: ${JSON.stringify({ ...event, sequence_number: i })}\n\n`).join("");
}

/** The floor: runs whose events are counted and dropped. */
async function drainRuns(baseURL: string, concurrency: number): Promise<void> {
  setTracingDisabled(true);
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: new OpenAI({ apiKey: "x", baseURL }), useResponses: true }) });
  const agent = builtInAgent().clone({ model: "bench" });
  const one = async () => {
    const run = await runner.run(agent, [{ role: "user", content: [{ type: "input_text", text: "hi" }] }], { stream: true });
    let seen = 0;
    for await (const _event of run) seen++;
    await run.completed;
    return seen;
  };
  await inParallel(WARM_UP, concurrency, one);
  const before = process.cpuUsage();
  const started = performance.now();
  await inParallel(ANSWERS, concurrency, one);
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpuUs: user + system, ms: performance.now() - started }));
}

async function compare(): Promise<void> {
  const model = start(["model"]);
  const port = (await firstLine(model.stdout)).trim();
  const baseURL = `http://127.0.0.1:${port}/v1`;
  try {
    for (const concurrency of [1, 50]) {
      const sdk = start(["sdk", baseURL, String(concurrency)]);
      const floor = JSON.parse(await new Response(sdk.stdout).text()) as Cost;
      report(concurrency, floor, await throughServer(baseURL, concurrency));
    }
  } finally {
    model.kill();
  }
}

type Cost = { cpuUs: number; ms: number };

function report(concurrency: number, floor: Cost, whole: Cost): void {
  const per = ({ cpuUs }: Cost) => cpuUs / (ANSWERS * DELTAS);
  const rate = ({ ms }: Cost) => Math.round((ANSWERS * DELTAS * 1000) / ms).toLocaleString("en");
  console.log(
    `${concurrency} streams of ${DELTAS} deltas: SDK alone ${per(floor).toFixed(2)} µs CPU a delta (${rate(floor)}/s), ` +
      `whole server ${per(whole).toFixed(2)} µs (${rate(whole)}/s): ratio ${(per(whole) / per(floor)).toFixed(2)}`,
  );
}

async function throughServer(baseURL: string, concurrency: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "chatkit-bench-"));
  const env = { ...process.env, OPENAI_API_KEY: "x", OPENAI_BASE_URL: baseURL, NODE_ENV: "production", LOG_LEVEL: "warn" };
  const main = join(import.meta.dir, "../../src/main.ts");
  const argv = ["serve", "--port", "0", "--model", "bench", "--database-url", process.env["BENCH_DATABASE_URL"] ?? `sqlite:${join(folder, "bench.db")}`];
  const server = Bun.spawn([process.execPath, "--no-install", main, ...argv], { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
  try {
    const url = /http:\/\/\S+/.exec(await firstLine(server.stdout))![0];
    const body = JSON.stringify({ type: "threads.create", params: { input: { content: [{ type: "input_text", text: "hi" }], attachments: [], inference_options: {} } } });
    const one = async () => {
      const response = await fetch(new URL("/chatkit", url), { method: "POST", body, headers: { "content-type": "application/json" } });
      const text = await response.text();
      const deltas = text.split("text_delta").length - 1;
      if (deltas !== DELTAS) throw new Error(`expected ${DELTAS} deltas, got ${deltas}: ${text.slice(-500)}`);
    };
    await inParallel(WARM_UP, concurrency, one);
    const before = cpuUs(server.pid);
    const started = performance.now();
    await inParallel(ANSWERS, concurrency, one);
    return { cpuUs: cpuUs(server.pid) - before, ms: performance.now() - started };
  } finally {
    server.kill();
    await server.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of all threads of a process, as the kernel counts it, in ticks of 10 ms. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function inParallel(times: number, concurrency: number, one: () => Promise<unknown>): Promise<void> {
  let left = times;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (left-- > 0) await one();
  }));
}

function start(argv: string[]) {
  return Bun.spawn([process.execPath, "--no-install", import.meta.path, ...argv], { stdout: "pipe", stderr: "inherit", env: { ...process.env, NODE_ENV: "production" } });
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}
