import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type AddressInfo } from "node:net";
import { binary } from "../support/binary.ts";

/** From exec to the first answered request, and what the idle process holds: medians of nine starts of the executable. */

const STARTS = 9;
const IDLE_AFTER_MS = 1000;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

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

async function residentMiB(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

const program = await binary();
const times: number[] = [];
const sizes: number[] = [];
for (let start = 0; start < STARTS; start++) {
  const folder = await mkdtemp(join(tmpdir(), "chatkit-startup-"));
  const port = await freePort();
  const began = performance.now();
  const child = Bun.spawn([program, "--port", String(port)], { cwd: folder, stdout: "ignore", stderr: "ignore" });
  await firstAnswer(port);
  times.push(performance.now() - began);
  await Bun.sleep(IDLE_AFTER_MS);
  sizes.push(await residentMiB(child.pid));
  child.kill("SIGKILL");
  await child.exited;
  await rm(folder, { recursive: true });
}
console.log(
  `first answer ${median(times).toFixed(0)} ms (best ${Math.min(...times).toFixed(0)}) of ${STARTS} starts, on an empty SQLite file`,
);
console.log(`idle RSS ${median(sizes).toFixed(0)} MiB`);
