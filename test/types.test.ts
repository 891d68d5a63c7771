import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

test("the sources and their tests have no type errors", async () => {
  await expectNoErrors(".");
}, 60_000);

test("what runs in the browser, and its tests, have no type errors beside the DOM's types", async () => {
  await expectNoErrors("src/ui");
}, 60_000);

async function expectNoErrors(project: string): Promise<void> {
  const command = [process.execPath, "check", "--no-script", "-p", project];
  const child = Bun.spawn(command, { cwd: ROOT, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  expect(code, out + err).toBe(0);
}
