import { expect, test } from "bun:test";
import { Throttle } from "../../src/http/throttle.ts";

test("each key passes once a period", async () => {
  const throttle = new Throttle(30);
  expect([throttle.allows("a"), throttle.allows("a"), throttle.allows("b")]).toEqual([true, false, true]);
  await Bun.sleep(40);
  expect(throttle.allows("a")).toBe(true);
});

test("however many keys there are, only so many pass in a period, and only so many are remembered", async () => {
  const throttle = new Throttle(30, 10);
  const passed = () => Array.from({ length: 1000 }, (_, i) => throttle.allows(`key ${i}`)).filter(Boolean).length;
  expect(passed()).toBe(10);
  await Bun.sleep(40);
  expect(passed()).toBe(10);
});
