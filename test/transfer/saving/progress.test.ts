import { expect, test } from "bun:test";
import { spokenDuration } from "../../../src/transfer/duration.ts";
import { Progress, type Terminal } from "../../../src/transfer/saving/progress.ts";
import { until } from "../../support/until.ts";

function shown(isTTY: boolean, columns = 60) {
  const told: string[] = [];
  const terminal: Terminal = { isTTY, columns, write: (text) => told.push(text) };
  return { told, progress: new Progress(terminal) };
}

test("on a terminal it is a bar of one line, which goes away at the end", async () => {
  const { told, progress } = shown(true);
  progress.start();
  progress.threads = 2000;
  progress.done = 500;
  progress.items = 1234;
  await until(async () => told[0]);
  progress.stop();
  expect(told[0]).toBe("\r\x1b[K[######------------------] 500 of 2,000 threads, 1,234 item");
  expect(told.at(-1)).toBe("\r\x1b[K");
});

test("on a terminal that does not know its width all of it is shown", async () => {
  const { told, progress } = shown(true, 0);
  progress.start();
  await until(async () => told[0]);
  progress.stop();
  expect(told[0]).toEndWith("0 of 0 threads, 0 items, still listing");
});

test("it says when the server asks to wait", async () => {
  const { told, progress } = shown(true);
  progress.waitMs = () => 4200;
  progress.start();
  await until(async () => told[0]);
  progress.stop();
  expect(told[0]).toStartWith("\r\x1b[K[------------------------] 0 of 0 threads, 0 items, wait");
});

test("it says why nothing comes", async () => {
  const { told, progress } = shown(true);
  progress.trouble = () => "HTTP 500";
  progress.start();
  await until(async () => told[0]);
  progress.stop();
  expect(told[0]).toEndWith("0 of 0 threads, 0 items, trying ");
});

test.each([
  [4200, "5 s"],
  [3_000_000, "50 min"],
  [86_400_000, "24 h"],
  [1e15, "more than 2 days"],
])("%d ms are %s", (ms, spoken) => {
  expect(spokenDuration(ms)).toBe(spoken);
});

test("elsewhere nothing is written over, and a short run says nothing", async () => {
  const { told, progress } = shown(false);
  progress.start();
  await Bun.sleep(300);
  progress.stop();
  expect(told).toEqual([]);
});
