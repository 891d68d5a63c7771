import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Figures } from "../world.ts";

/** Simulations of that many seeds, shared among the processors. Each script prints the first history in which a promise is broken. */
export async function simulations({ seeds }: { seeds: number }): Promise<Figures> {
  const shares = availableParallelism();
  const each = Math.ceil(seeds / shares);
  const scripts = Array.from({ length: shares }, (_, i) => {
    const args = ["--seed", String(1 + i * each), "--runs", String(each)];
    return Bun.spawn([process.execPath, join(import.meta.dir, "../simulate.ts"), ...args], { stdout: "inherit", stderr: "inherit" }).exited;
  });
  const codes = await Promise.all(scripts);
  return { simulations: shares * each, broken: codes.filter((code) => code !== 0).length };
}
