import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, setSystemTime, test } from "bun:test";
import { leaseClock, type LeaseClock } from "../../../src/store/sqlite/lease-clock.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { aRun, allItems, assistantMessage, refusal, savedThread, someone, textsOf } from "../rows.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-lease-"));
afterAll(() => {
  setSystemTime();
  rmSync(folder, { recursive: true, force: true });
});

const HOUR_MS = 3_600_000;

/** Two processes on one file, and the machine between them. */
async function machine(bootId: string | null = "boot-1") {
  const path = join(folder, `${crypto.randomUUID()}.db`);
  const clock = { now: () => clock.time, bootId, time: 1_000_000 };
  const one = new SqliteStore(path, undefined, clock);
  await one.migrate();
  return { one, other: new SqliteStore(path, undefined, clock), at: (other: LeaseClock) => new SqliteStore(path, undefined, other), clock };
}

async function heldThread(store: SqliteStore, leaseMs = 10_000) {
  const me = someone();
  const { id } = await savedThread(store, me);
  const run = aRun(id, leaseMs);
  await store.openRun({ run }, me);
  await store.checkpointRun(run, [assistantMessage(id, "so far")], me);
  return { me, id, run };
}

describe("leases in SQLite", () => {
  test("run out with the machine's uptime, whatever the wall clock says", async () => {
    const { one, other, clock } = await machine();
    const { me, id, run } = await heldThread(one);
    for (const stepMs of [HOUR_MS, -HOUR_MS]) {
      setSystemTime(new Date(Date.now() + stepMs));
      expect(await refusal(other.openRun({ run: aRun(id) }, me))).toMatchObject({ code: "thread_busy" });
      expect(await other.recoverRuns()).toBe(0);
      expect(await other.leaseLeft(run, me)).toBe(10_000);
      setSystemTime();
    }
    clock.time += 10_001;
    expect(await other.recoverRuns()).toBe(1);
    expect(textsOf(await allItems(one, id, me))).toEqual(["so far", "sdk_hidden_context"]);
  });

  test("of another boot have run out", async () => {
    const { one, at } = await machine();
    const { me, id, run } = await heldThread(one);
    const later = at({ now: () => 5, bootId: "boot-2" });
    expect(await later.leaseLeft(run, me)).toBe(0);
    expect(await later.recoverRuns()).toBe(1);
    expect(textsOf(await allItems(later, id, me))).toEqual(["so far", "sdk_hidden_context"]);
  });

  test("are never longer than they were given for, where the clock was set back", async () => {
    const { one, other, clock } = await machine(null);
    const realNow = Date.now();
    clock.time = realNow;
    const { me, id } = await heldThread(one);
    setSystemTime(new Date(realNow - HOUR_MS));
    clock.time = realNow - HOUR_MS;
    await other.recoverRuns();
    setSystemTime(new Date(realNow - HOUR_MS + 10_100));
    clock.time += 10_100;
    expect(await other.recoverRuns()).toBe(1);
    await other.openRun({ run: aRun(id) }, me);
    setSystemTime();
  });

  test("that a program of before wrote go by the wall clock, as it does", async () => {
    const { one, other, at, clock } = await machine(null);
    clock.time = Date.now();
    const { me, run } = await heldThread(other, 60_000);
    const newer = at({ now: () => 5, bootId: "boot-1" });
    expect(await newer.leaseLeft(run, me)).toBeGreaterThan(0);
    expect(await newer.recoverRuns()).toBe(0);
    await one.close();
  });

  test("are read on a clock that all processes of the machine share, and that goes on", async () => {
    const [mine, again] = [leaseClock(), leaseClock()];
    expect(mine.bootId).toBe(again.bootId);
    expect(Math.abs(mine.now() - again.now())).toBeLessThan(100);
    // Each reading of the clock lies between two of another one: this process may have to wait in between.
    const timed = () => ({ from: performance.now(), at: mine.now(), to: performance.now() });
    const first = timed();
    await Bun.sleep(30);
    const second = timed();
    const went = second.at - first.at;
    expect(went).toBeGreaterThan(second.from - first.to - 25);
    expect(went).toBeLessThan(second.to - first.from + 25);
    if (mine.bootId === null) return;
    const child = Bun.spawn([process.execPath, "-e", `
      const { leaseClock } = await import(${JSON.stringify(join(import.meta.dir, "../../../src/store/sqlite/lease-clock.ts"))});
      console.log(leaseClock().now());`], { stdout: "pipe" });
    const theirs = Number(await new Response(child.stdout).text());
    expect(theirs).toBeWithin(first.at - 25, mine.now() + 25);
  });
});
