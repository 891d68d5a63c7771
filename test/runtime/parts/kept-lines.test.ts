import { expect, test } from "bun:test";
import { KeptLines } from "../../../src/runtime/parts/kept-lines.ts";

test("the newest 400 lines are kept with their numbers, also when far more have come, and can be asked for from any number on", () => {
  const kept = new KeptLines();
  expect(kept.after(0)).toEqual([]);
  for (let i = 1; i <= 5000; i++) kept.add(`{"msg":"größe ${i}","more":"${"x".repeat(i % 500)}"}\n`);
  const lines = kept.after(0);
  expect(lines.map(({ number }) => number)).toEqual(Array.from({ length: 400 }, (_, i) => 4601 + i));
  for (const { number, line } of lines) expect(JSON.parse(line)).toEqual({ msg: `größe ${number}`, more: "x".repeat(number % 500) });
  expect(kept.after(4998).map(({ number }) => number)).toEqual([4999, 5000]);
  expect(kept.after(5000)).toEqual([]);
});

test("of a long line the beginning is kept, and long lines leave room for some before them", () => {
  const kept = new KeptLines();
  for (let i = 0; i < 300; i++) kept.add(`${"€".repeat(20_000)}\n`);
  const lines = kept.after(0);
  expect(lines.at(-1)).toEqual({ number: 300, line: `${"€".repeat(4000)}\n` });
  expect(lines.length).toBeGreaterThan(20);
});
