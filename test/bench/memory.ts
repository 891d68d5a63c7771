/**
 * Resident memory of the server over many answers: what is not given back shows as a slope.
 * ANSWERS=10000 bun test/bench/memory.ts
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ANSWERS = Number(process.env["ANSWERS"] ?? 10_000);
const STEPS = 5;
const env = { ...process.env, NODE_ENV: "production", DELTAS: "20" };

const model = Bun.spawn([process.execPath, "--no-install", join(import.meta.dir, "deltas.ts"), "model"], { stdout: "pipe", env });
const folder = mkdtempSync(join(tmpdir(), "chatkit-bench-"));
const baseURL = `http://127.0.0.1:${(await firstLine(model.stdout)).trim()}/v1`;
const server = Bun.spawn(
  [process.execPath, "--no-install", join(import.meta.dir, "../../src/main.ts"), "serve", "--port", "0", "--model", "bench", "--database-url", `sqlite:${join(folder, "bench.db")}`],
  { cwd: folder, env: { ...env, OPENAI_API_KEY: "x", OPENAI_BASE_URL: baseURL, LOG_LEVEL: "warn" }, stdout: "pipe", stderr: "inherit" },
);
try {
  const url = new URL("/chatkit", /http:\/\/\S+/.exec(await firstLine(server.stdout))![0]);
  const input = { content: [{ type: "input_text", text: "hi" }], attachments: [], inference_options: {} };
  const body = JSON.stringify({ type: "threads.create", params: { input } });
  const one = async () => void (await (await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } })).text());
  await inParallel(2000, one);
  const start = rssMiB(server.pid);
  console.log(`after 2,000 answers to warm up: ${start.toFixed(0)} MiB`);
  for (let step = 1; step <= STEPS; step++) {
    await inParallel(ANSWERS / STEPS, one);
    const now = rssMiB(server.pid);
    console.log(`after ${((ANSWERS / STEPS) * step).toLocaleString("en")} more: ${now.toFixed(0)} MiB (${(now - start).toFixed(0)} more)`);
  }
} finally {
  server.kill();
  model.kill();
  await server.exited;
  rmSync(folder, { recursive: true, force: true });
}

function rssMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

async function inParallel(times: number, one: () => Promise<void>): Promise<void> {
  let left = times;
  await Promise.all(Array.from({ length: 20 }, async () => {
    while (left-- > 0) await one();
  }));
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  let text = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += new TextDecoder().decode(next.value);
    if (text.includes("\n")) break;
  }
  reader.releaseLock();
  return text;
}
