import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { World, type Figures, type Kind } from "../world.ts";

const BARE = join(import.meta.dir, "../bare-worker.ts");
const ATTACKER = join(import.meta.dir, "../../support/body-attacker.ts");

/**
 * Some clients send bodies of a mebibyte that are made to cost, without a pause, while somebody else looks at their conversations. How
 * long that somebody waits, and how large the process has been; and how long anybody waits for a bare server that reads the same bodies
 * and does nothing with them, on this machine, in this run (`bare`).
 */
export async function hostileBodies(kind: Kind, { clients = 2, forMs = 4000, bare = true } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start();
  const calm = await looking(program.url, 1000);
  const bareTimes = bare ? await attackOnBare({ clients, forMs: Math.min(forMs, 10_000) }) : {};
  const { waits, statuses } = await attacked(program.url, { clients, forMs });
  const failed = Object.keys(statuses).filter((status) => Number(status) >= 500).length;
  const bodies = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const times = { p50_ms: at(waits, 0.5), p99_ms: at(waits, 0.99), worst_ms: at(waits, 1) };
  return { bodies, failed, calm_p99_ms: at(calm, 0.99), ...times, ...bareTimes, peak_mib: peakMiB(program.child.pid) };
}

async function attackOnBare(attack: { clients: number; forMs: number }): Promise<Figures> {
  await using server = await BareServer.start();
  const { waits } = await attacked(server.url, attack);
  return { bare_p99_ms: at(waits, 0.99), bare_worst_ms: at(waits, 1) };
}

/** How long each of the looks took that somebody had while the attack went on, the shortest first. */
async function attacked(url: string, { clients, forMs }: { clients: number; forMs: number }) {
  const attacker = Bun.spawn([process.execPath, ATTACKER, `${url}/chatkit`, String(clients)], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const output = attacker.stdout.getReader();
  // Its bodies take a moment to make.
  await output.read();
  // In the first second the machine compiles what reads such bodies.
  await looking(url, 1000);
  const waits = await looking(url, forMs);
  attacker.stdin.end();
  const statuses = JSON.parse(new TextDecoder().decode((await output.read()).value)) as Record<string, number>;
  return { waits, statuses };
}

async function looking(url: string, ms: number): Promise<number[]> {
  const waits: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end; await Bun.sleep(5)) waits.push(await look(url));
  return waits.sort((a, b) => a - b);
}

async function look(url: string): Promise<number> {
  const began = performance.now();
  const headers = { "content-type": "application/json", "x-user-id": "ada" };
  const body = JSON.stringify({ type: "threads.list", params: {} });
  await (await fetch(`${url}/chatkit`, { method: "POST", headers, body })).bytes();
  return performance.now() - began;
}

const at = (sorted: number[], part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]! * 10) / 10;

class BareServer {
  private constructor(
    readonly url: string,
    private readonly child: Bun.Subprocess,
  ) {}

  static async start(): Promise<BareServer> {
    const port = await freePort();
    const child = Bun.spawn([process.execPath, BARE, String(port)], { stdout: "pipe", stderr: "inherit" });
    await child.stdout.getReader().read();
    return new BareServer(`http://127.0.0.1:${port}`, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

/** The most memory that a process has had, as Linux counts it. */
function peakMiB(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}
