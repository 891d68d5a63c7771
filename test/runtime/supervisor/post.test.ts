import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";

const SCRIPT = join(import.meta.dir, "worker-that-hangs.ts");

let out = "";
beforeAll(async () => {
  const child = Bun.spawn([process.execPath, SCRIPT], { stdout: "pipe" });
  out = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
}, 60_000);

test("a worker that never finishes loading is given up, so that others can be replaced", () => {
  expect(out).toContain('{"worker":1,"message":"a worker has not finished loading after 0.5 s"}');
  expect(out).toContain("WorkerError");
});

test("a post that has no other worker is not left empty when the one that was loading is no longer wanted", () => {
  expect(out).toContain("workers at the end: 1");
});
