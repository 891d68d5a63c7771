/**
 * What a text delta costs on its way through the whole server (model server → SDK → bridge → pipeline → SSE), as a ratio
 * to a bare loop that only drains the SDK's run of the same agent with the same input; each in a process of its own against the
 * same model server. The two take turns, since machines have moods; the ratio is the median of the rounds'.
 * With OTHER, the src/main.ts of another checkout, that server takes its turns as well, and what one costs in terms of the other is
 * told; with API=chat_completions the model server speaks that.
 * DELTAS=200 ANSWERS=300 ROUNDS=7 bun test/bench/deltas.ts
 */
import { OpenAIProvider, Runner, setTracingDisabled } from "@openai/agents";
import OpenAI from "openai";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInAgent } from "../../src/agents/loading/built-in-agent.ts";

const [role = "compare", ...args] = process.argv.slice(2);
const DELTAS = Number(process.env["DELTAS"] ?? 200);
const ANSWERS = Number(process.env["ANSWERS"] ?? 300);
const ROUNDS = Number(process.env["ROUNDS"] ?? 7);
const WARM_UP = Number(process.env["WARM_UP"] ?? 300);
const API = process.env["API"] ?? "responses";
const OWN = join(import.meta.dir, "../../src/main.ts");
const OTHER = process.env["OTHER"];
const ENV = { ...process.env, NODE_ENV: "production" };

if (role === "model") serveModel();
else if (role === "sdk") await drainRuns(args[0]!, Number(args[1]));
else await compare();

/** One prepared answer for everybody, so that the model server takes as little of the machine as it can. */
function serveModel(): void {
  const body = new TextEncoder().encode(API === "responses" ? answer() : chatAnswer());
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

function chatAnswer(): string {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...{ id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: "bench" },
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
  });
  const words = Array.from({ length: DELTAS }, (_, i) => chunk({ content: `word${i} ` }));
  const chunks = [chunk({ role: "assistant", content: "" }), ...words, chunk({}, "stop")];
  return [...chunks.map((one) => JSON.stringify(one)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
}

/** The floor: runs whose events are counted and dropped; a round for each line of its input. */
async function drainRuns(baseURL: string, concurrency: number): Promise<void> {
  setTracingDisabled(true);
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: new OpenAI({ apiKey: "x", baseURL }), useResponses: API === "responses" }) });
  const agent = builtInAgent().clone({ model: "bench" });
  const one = async () => {
    const run = await runner.run(agent, [{ role: "user", content: [{ type: "input_text", text: "hi" }] }], { stream: true });
    let seen = 0;
    for await (const _event of run) seen++;
    await run.completed;
    return seen;
  };
  await inParallel(WARM_UP, concurrency, one);
  for await (const _line of console) {
    const started = performance.now();
    await inParallel(ANSWERS, concurrency, one);
    console.log(performance.now() - started);
  }
}

async function compare(): Promise<void> {
  const model = start(["model"]);
  const baseURL = `http://127.0.0.1:${(await lines(model.stdout).next()).value}/v1`;
  try {
    for (const concurrency of [1, 50]) {
      const [floor, whole] = [startFloor(baseURL, concurrency), await startServer(OWN, baseURL, concurrency)];
      const other = OTHER === undefined ? undefined : await startServer(OTHER, baseURL, concurrency);
      const rounds: Round[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        const round = { floor: await measured(floor), whole: await measured(whole) };
        rounds.push({ ...round, ...(other && { other: await measured(other) }) });
      }
      await Promise.all([floor.end(), whole.end(), other?.end()]);
      report(concurrency, rounds);
    }
  } finally {
    model.kill();
  }
}

/** Microseconds of CPU and of time for each delta. */
type Cost = { cpuUs: number; us: number };
type Round = { floor: Cost; whole: Cost; other?: Cost };
type Contestant = { pid: number; /** Answers all of a round; the milliseconds it took. */ round(): Promise<number>; end(): Promise<void> };

async function measured({ pid, round }: Contestant): Promise<Cost> {
  const before = cpuUs(pid);
  const ms = await round();
  return { cpuUs: (cpuUs(pid) - before) / (ANSWERS * DELTAS), us: (ms * 1000) / (ANSWERS * DELTAS) };
}

function report(concurrency: number, rounds: Round[]): void {
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const rate = (us: number) => Math.round(1e6 / us).toLocaleString("en");
  const side = (name: "floor" | "whole") =>
    `${median(rounds.map((round) => round[name].cpuUs)).toFixed(1)} µs CPU a delta (${rate(median(rounds.map((round) => round[name].us)))}/s)`;
  const told = (ratios: number[]) => `${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  const ratio = told(rounds.map(({ floor, whole }) => whole.cpuUs / floor.cpuUs));
  console.log(`${concurrency} streams of ${DELTAS} deltas: SDK alone ${side("floor")}, whole server ${side("whole")}: ratio ${ratio}`);
  const others = rounds.flatMap(({ whole, other }) => (other ? [whole.cpuUs / other.cpuUs] : []));
  if (others.length > 0) console.log(`  in terms of the other server: ${told(others)}`);
}

function startFloor(baseURL: string, concurrency: number): Contestant {
  const sdk = Bun.spawn(argvOf(["sdk", baseURL, String(concurrency)]), { stdin: "pipe", stdout: "pipe", stderr: "inherit", env: ENV });
  const answers = lines(sdk.stdout);
  return {
    pid: sdk.pid,
    round: async () => {
      sdk.stdin.write("\n");
      return Number((await answers.next()).value);
    },
    end: async () => void (sdk.stdin.end(), await sdk.exited),
  };
}

async function startServer(main: string, baseURL: string, concurrency: number): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), "chatkit-bench-"));
  const env = { ...ENV, OPENAI_API_KEY: "x", OPENAI_BASE_URL: baseURL, LOG_LEVEL: "warn" };
  const argv = ["serve", "--port", "0", "--model", "bench", "--model-api", API, "--database-url", process.env["BENCH_DATABASE_URL"] ?? `sqlite:${join(folder, "bench.db")}`];
  const server = Bun.spawn([process.execPath, "--no-install", main, ...argv], { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
  const url = /http:\/\/\S+/.exec((await lines(server.stdout).next()).value ?? "")![0];
  const body = JSON.stringify({ type: "threads.create", params: { input: { content: [{ type: "input_text", text: "hi" }], attachments: [], inference_options: {} } } });
  const one = async () => {
    const response = await fetch(new URL("/chatkit", url), { method: "POST", body, headers: { "content-type": "application/json" } });
    const text = await response.text();
    const deltas = text.split("text_delta").length - 1;
    if (deltas !== DELTAS) throw new Error(`expected ${DELTAS} deltas, got ${deltas}: ${text.slice(-500)}`);
  };
  await inParallel(WARM_UP, concurrency, one);
  return {
    pid: server.pid,
    round: async () => {
      const started = performance.now();
      await inParallel(ANSWERS, concurrency, one);
      return performance.now() - started;
    },
    end: async () => {
      server.kill();
      await server.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
  return Bun.spawn(argvOf(argv), { stdout: "pipe", stderr: "inherit", env: ENV });
}

function argvOf(argv: string[]): string[] {
  return [process.execPath, "--no-install", import.meta.path, ...argv];
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    yield* whole;
  }
}
