import { expect, test } from "bun:test";
import { join } from "node:path";

test("the sources and their tests have no type errors", async () => {
  const child = Bun.spawn([process.execPath, "check", "--no-script"], { cwd: join(import.meta.dir, ".."), stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  expect(code, out + err).toBe(0);
}, 60_000);
