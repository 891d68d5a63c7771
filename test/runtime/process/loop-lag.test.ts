import { expect, test } from "bun:test";
import { LoopLag } from "../../../src/runtime/process/loop-lag.ts";
import { until } from "../../support/until.ts";

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("a loop that is late for two seconds is late, one long turn is not, and one that has caught up is not", async () => {
  const lag = new LoopLag();
  block(2500);
  await Bun.sleep(0);
  expect(lag.isLate).toBe(false);
  let turns = 0;
  while (!lag.isLate) {
    if (++turns > 20) throw new Error("never late");
    block(700);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(turns).toBeGreaterThan(2);
  await until(async () => !lag.isLate || undefined);
  lag.stop();
}, 30_000);
