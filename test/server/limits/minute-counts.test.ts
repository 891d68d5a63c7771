import { expect, test } from "bun:test";
import { MinuteCounts } from "../../../src/server/limits/minute-counts.ts";

function counting(limit: number) {
  let now = 1_000_000;
  const counts = new MinuteCounts(limit, () => now);
  return { counts, at: (seconds: number) => (now = 1_000_000 + seconds * 1000) };
}

test("so many events a minute are taken, each key by itself, and the rest is told how long the minute lasts", () => {
  const { counts, at } = counting(3);
  expect([1, 2, 3].map(() => counts.add("ada"))).toEqual([undefined, undefined, undefined]);
  at(10);
  expect(counts.add("ada")).toBe(50);
  expect(counts.add("bob")).toBeUndefined();
  at(59.9);
  expect(counts.add("ada")).toBe(1);
  at(60);
  expect(counts.add("ada")).toBeUndefined();
  at(119);
  expect([counts.add("ada"), counts.add("ada"), counts.add("ada")]).toEqual([undefined, undefined, 1]);
});

test("at ten times the limit exactly the limit passes, minute after minute, also while other keys come and go", () => {
  const { counts, at } = counting(100);
  let passed = 0;
  for (let event = 0; event < 5000; event++) {
    at((event * 60) / 1000);
    if (counts.add("ada") === undefined) passed++;
    counts.add(`somebody-${event}`);
  }
  expect(passed).toBe(500);
});

test("what is refused does not make the wait longer", () => {
  const { counts, at } = counting(1);
  counts.add("ada");
  for (let second = 1; second < 60; second++) {
    at(second);
    expect(counts.add("ada")).toBe(60 - second);
  }
  at(60);
  expect(counts.add("ada")).toBeUndefined();
});

test("hundreds of thousands of keys are not kept, and one that goes on asking among them is still counted", () => {
  const { counts } = counting(50);
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  let passed = 0;
  for (let i = 0; i < 300_000; i++) {
    counts.add(`user-${i}`);
    if (i % 1000 === 0 && counts.add("ada") === undefined) passed++;
  }
  expect(passed).toBe(50);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 ** 2);
});
