import { expect, test } from "bun:test";
import { join } from "node:path";

const SCRIPT = join(import.meta.dir, "worker-that-hangs.ts");

test("a worker that never finishes loading is given up, so that others can be replaced", async () => {
  const child = Bun.spawn([process.execPath, SCRIPT], { stdout: "pipe" });
  const out = await new Response(child.stdout).text();
  expect(out).toContain('{"worker":1,"message":"a worker has not finished loading after 0.5 s"}');
  expect(out).toContain("WorkerError");
  expect(await child.exited).toBe(0);
}, 60_000);
