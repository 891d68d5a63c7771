import { expect, test } from "bun:test";
import { Throttle } from "../../src/http/throttle.ts";

let now = 0;
const clock = () => now;

test("each key passes once a period", () => {
  const throttle = new Throttle(30, 50, clock);
  expect([throttle.allows("a"), throttle.allows("a"), throttle.allows("b")]).toEqual([true, false, true]);
  now += 29;
  expect(throttle.allows("a")).toBe(false);
  now += 1;
  expect(throttle.allows("a")).toBe(true);
});

test("however many keys there are, only so many pass in a period, and only so many are remembered", () => {
  const throttle = new Throttle(30, 10, clock);
  const passed = () => Array.from({ length: 1000 }, (_, i) => throttle.allows(`key ${i}`)).filter(Boolean).length;
  expect([passed(), passed()]).toEqual([10, 0]);
  now += 30;
  expect(passed()).toBe(10);
});
