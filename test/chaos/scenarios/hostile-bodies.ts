import { readFileSync } from "node:fs";
import { join } from "node:path";
import { World, type Figures, type Kind } from "../world.ts";

const ATTACKER = join(import.meta.dir, "../../support/body-attacker.ts");

/**
 * Some clients send bodies of a mebibyte that are made to cost, without a pause, while somebody else looks at their conversations. How
 * long that somebody waits, and how large the process has been.
 */
export async function hostileBodies(kind: Kind, { clients = 2, forMs = 4000 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start();
  const list = async () => {
    const began = performance.now();
    await (await program.post({ type: "threads.list", params: {} }, { headers: { "x-user-id": "ada" } })).bytes();
    return performance.now() - began;
  };
  const looking = async (ms: number) => {
    const waits: number[] = [];
    for (const end = performance.now() + ms; performance.now() < end; await Bun.sleep(5)) waits.push(await list());
    return waits.sort((a, b) => a - b);
  };
  const calm = await looking(1000);
  const attacker = Bun.spawn([process.execPath, ATTACKER, `${program.url}/chatkit`, String(clients)], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const output = attacker.stdout.getReader();
  // Its bodies take a moment to make.
  await output.read();
  const waits = await looking(forMs);
  attacker.stdin.end();
  const statuses = JSON.parse(new TextDecoder().decode((await output.read()).value)) as Record<string, number>;
  const failed = Object.keys(statuses).filter((status) => Number(status) >= 500).length;
  const bodies = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const at = (sorted: number[], part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]! * 10) / 10;
  return { bodies, failed, calm_p99_ms: at(calm, 0.99), p50_ms: at(waits, 0.5), p99_ms: at(waits, 0.99), worst_ms: at(waits, 1), peak_mib: peakMiB(program.child.pid) };
}

/** The most memory that a process has had, as Linux counts it. */
function peakMiB(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}
