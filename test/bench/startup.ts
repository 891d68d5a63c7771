import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../support/binary.ts";
import { freePort } from "../support/free-port.ts";

/**
 * From exec to the first answered request, from the first message to the first byte and the first event of its answer, and what
 * the idle process holds: medians of nine starts of the executable.
 */

const STARTS = 9;
const IDLE_AFTER_MS = 1000;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function firstAnswer(port: number): Promise<void> {
  for (;;) {
    try {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"type":"threads.list","params":{}}' };
      if ((await fetch(`http://127.0.0.1:${port}/chatkit`, init)).status === 200) return;
    } catch {
      await Bun.sleep(1);
    }
  }
}

const MESSAGE = JSON.stringify({
  type: "threads.create",
  params: { input: { content: [{ type: "input_text", text: "hi" }], attachments: [], inference_options: {} } },
});

/** Milliseconds until the answer begins, and until it says something: what a fresh process has yet to compile is in them. */
async function firstMessage(port: number): Promise<{ byteMs: number; eventMs: number }> {
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/chatkit`, { method: "POST", headers: { "content-type": "application/json" }, body: MESSAGE });
  let byteMs = 0;
  let text = "";
  for await (const bytes of response.body!) {
    byteMs ||= performance.now() - began;
    text += new TextDecoder().decode(bytes);
    if (text.includes("thread.created")) break;
  }
  return { byteMs, eventMs: performance.now() - began };
}

async function residentMiB(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

const program = await binary();
const times: number[] = [];
const sizes: number[] = [];
const firstBytes: number[] = [];
const firstEvents: number[] = [];
for (let start = 0; start < STARTS; start++) {
  const folder = await mkdtemp(join(tmpdir(), "chatkit-startup-"));
  const port = await freePort();
  const began = performance.now();
  const child = Bun.spawn([program, "--port", String(port)], { cwd: folder, stdout: "ignore", stderr: "ignore" });
  await firstAnswer(port);
  times.push(performance.now() - began);
  await Bun.sleep(IDLE_AFTER_MS);
  sizes.push(await residentMiB(child.pid));
  const { byteMs, eventMs } = await firstMessage(port);
  firstBytes.push(byteMs);
  firstEvents.push(eventMs);
  child.kill("SIGKILL");
  await child.exited;
  await rm(folder, { recursive: true });
}
console.log(
  `first answer ${median(times).toFixed(0)} ms (best ${Math.min(...times).toFixed(0)}) of ${STARTS} starts, on an empty SQLite file`,
);
const range = (values: number[]) => `${median(values).toFixed(1)} ms (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
console.log(`first message: first byte after ${range(firstBytes)}, first event after ${range(firstEvents)}`);
console.log(`idle RSS ${median(sizes).toFixed(0)} MiB`);
