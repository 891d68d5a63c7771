import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:net";
import { binary } from "../support/binary.ts";
import { fileClient } from "../support/files.ts";
import { freePort } from "../support/free-port.ts";

/**
 * Uploads at once, slow ones and as fast as they go, to the executable and to a bare server in the same run: what the processes grow by, how
 * long others wait, and how many bytes a second arrive. `bun test/bench/uploads.ts [uploads] [MiB]`
 */

const [uploads = 200, mib = 25] = process.argv.slice(2).map(Number);
const SLOW_BYTES_PER_S = 256 * 1024;
const SLOW_S = 8;
const CHUNK = Buffer.alloc(64 * 1024, "x");

type Served = { name: string; pid: number; list: string; announce(bytes: number): Promise<string>; end(): Promise<void> };
type Load = { perSecond: number; growthMiB: number; p99Ms: number; refused: number };

if (process.argv[2] === "probe") await probe(process.argv[3]!);
else await compare();

async function compare(): Promise<void> {
  const runs: Record<string, Record<string, Load>> = {};
  for (const start of [startBare, startOurs]) {
    const served = await start();
    try {
      const slow = await load(served, { bytes: SLOW_BYTES_PER_S * SLOW_S, bytesPerS: SLOW_BYTES_PER_S });
      const fast = await load(served, { bytes: mib * 1024 ** 2 });
      runs[served.name] = { slow, fast };
    } finally {
      await served.end();
    }
  }
  for (const way of ["slow", "fast"] as const) {
    const [bare, ours] = [runs["bare"]![way]!, runs["chatkit-server"]![way]!];
    const about = way === "slow" ? `${uploads} uploads at 256 KB/s` : `${uploads} uploads of ${mib} MiB at full speed`;
    console.log(`${about}: refused ${ours.refused}`);
    console.log(`  RSS +${ours.growthMiB.toFixed(0)} MiB (bare server +${bare.growthMiB.toFixed(0)})`);
    console.log(`  threads.list p99 ${ours.p99Ms.toFixed(1)} ms, ${(ours.p99Ms / bare.p99Ms).toFixed(2)} × the bare server's ${bare.p99Ms.toFixed(1)}`);
    console.log(`  ${(ours.perSecond / 1024 ** 2).toFixed(0)} MiB/s, ${((ours.perSecond / bare.perSecond) * 100).toFixed(0)} % of the bare server's`);
  }
}

async function load(served: Served, { bytes, bytesPerS }: { bytes: number; bytesPerS?: number }): Promise<Load> {
  const urls = await Promise.all(Array.from({ length: uploads }, () => served.announce(bytes)));
  const before = await residentMiB(served.pid);
  let peak = before;
  const sampling = setInterval(() => void residentMiB(served.pid).then((now) => (peak = Math.max(peak, now)), () => {}), 50);
  const prober = Bun.spawn([process.execPath, import.meta.path, "probe", served.list], { stdin: "pipe", stdout: "pipe" });
  const began = performance.now();
  const statuses = await Promise.all(urls.map((url) => send(url, bytes, bytesPerS)));
  const seconds = (performance.now() - began) / 1000;
  prober.stdin.end();
  const p99Ms = Number(await new Response(prober.stdout).text());
  clearInterval(sampling);
  return { perSecond: (uploads * bytes) / seconds, growthMiB: peak - before, p99Ms, refused: statuses.filter((status) => status >= 300).length };
}

/** Over a plain socket, which waits when the server takes nothing. Resolves to the status. */
function send(url: string, bytes: number, bytesPerS?: number): Promise<number> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain\r\ncontent-length: ${bytes}\r\n\r\n`);
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
      left -= piece.length;
      const isTaken = socket.write(piece);
      if (bytesPerS !== undefined) return void setTimeout(more, (piece.length / bytesPerS) * 1000);
      if (!isTaken) return void socket.once("drain", more);
    }
  };
  more();
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.once("data", (data: Buffer) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString("latin1"))?.[1]));
    });
  });
}

/** Asks again and again until its standard input ends; prints the 99th percentile of the times, in milliseconds. */
async function probe(url: string): Promise<void> {
  const times: number[] = [];
  let isOver = false;
  void Bun.stdin.text().then(() => (isOver = true));
  while (!isOver) {
    const began = performance.now();
    await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"type":"threads.list","params":{}}' })).text();
    times.push(performance.now() - began);
    await Bun.sleep(5);
  }
  console.log(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]);
}

async function startOurs(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), "chatkit-uploads-"));
  const port = await freePort();
  const args = ["--port", String(port), "--max-attachment-bytes", "1GiB", "--log-level", "warn"];
  const child = Bun.spawn([await binary(), ...args], { cwd: folder, env: { PATH: process.env["PATH"] ?? "" }, stdout: "ignore", stderr: "inherit" });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/readyz`).then(({ ok }) => ok, () => false))) await Bun.sleep(20);
  const client = fileClient(url);
  // The first upload loads what the others need.
  await client.put(await client.create("first.txt", 1, "text/plain"), "x");
  const announce = async (bytes: number) => (await client.create("a.txt", bytes, "text/plain")).upload_descriptor!.url;
  const end = async () => {
    child.kill("SIGKILL");
    await child.exited;
    await rm(folder, { recursive: true });
  };
  return { name: "chatkit-server", pid: child.pid, list: `${url}/chatkit`, announce, end };
}

async function startBare(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), "bare-uploads-"));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "bare-uploads.ts"), folder], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  const url = `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`;
  const end = async () => {
    child.kill("SIGKILL");
    await child.exited;
    await rm(folder, { recursive: true });
  };
  return { name: "bare", pid: child.pid, list: url, announce: async () => url, end };
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => {
    throw new Error(`the process ${pid} has died`);
  });
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
