import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MUTATIONS } from "./simulation/mutations.ts";
import { simulate } from "./simulation/simulation.ts";

const SIMULATIONS = 300;
const SCRIPT = join(import.meta.dir, "simulate.ts");

async function script(...args: string[]): Promise<{ code: number; out: string }> {
  const child = Bun.spawn([process.execPath, SCRIPT, ...args], { stdout: "pipe", stderr: "inherit" });
  return { out: await new Response(child.stdout).text(), code: await child.exited };
}

test(`${SIMULATIONS} simulations keep every promise`, async () => {
  for (let seed = 1; seed <= SIMULATIONS; seed++) {
    const { broken } = await simulate(seed);
    expect({ again: `bun test/chaos/simulate.ts --seed ${seed}`, broken }).toMatchObject({ broken: [] });
  }
}, 200_000);

test("the same seed gives the same history, in another process, too", async () => {
  for (const seed of [3, 4, 5]) {
    const history = (await simulate(seed)).history.toString();
    expect(history.split("\n").length).toBeGreaterThan(100);
    expect((await simulate(seed)).history.toString()).toBe(history);
    if (seed === 5) expect((await script("--seed", "5", "--print")).out).toStartWith(history);
  }
}, 30_000);

describe("a simulation misses a repair that is taken out:", () => {
  for (const [name, { seed }] of Object.entries(MUTATIONS)) {
    test(name, async () => {
      const { code, out } = await script("--mutate", name, "--seed", String(seed), "--runs", "300");
      expect(out).toContain("breaks");
      expect(code).toBe(0);
    }, 100_000);
  }
});
