import { expect, test } from "bun:test";
import { join } from "node:path";
import { emptyFolder } from "../../support/binary.ts";

const SCRIPT = join(import.meta.dir, "worker-that-fails.ts");

test("once the first worker answers, another one that cannot start is tried again, and workers are replaced on demand", async () => {
  await using folder = await emptyFolder();
  const child = Bun.spawn([process.execPath, SCRIPT, folder.path], { stdout: "pipe" });
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(lines[0]).toContain('"worker":2,"code":2');
  expect(lines.at(-2)).toBe('{"workers":[1,2],"message":"the workers have been replaced"}');
  expect(lines.at(-1)).toBe("serves");
}, 60_000);
