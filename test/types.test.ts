import { expect, test } from "bun:test";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { emptyFolder } from "./support/binary.ts";

const ROOT = join(import.meta.dir, "..");

test("the sources and their tests have no type errors", async () => {
  await expectNoErrors(".");
}, 60_000);

test("what runs in the browser, and its tests, have no type errors beside the DOM's types", async () => {
  await expectNoErrors("src/ui");
}, 60_000);

test("an app of bun init that has the library's sources as a package has no type errors in them", async () => {
  await using folder = await emptyFolder();
  const modules = join(folder.path, "node_modules");
  await mkdir(modules);
  for (const [name, target] of [["chatkit-server", ""], ["@types", "node_modules/@types"], ["bun-types", "node_modules/bun-types"]] as const) {
    await symlink(join(ROOT, target), join(modules, name));
  }
  await Bun.write(join(folder.path, "tsconfig.json"), JSON.stringify({ compilerOptions: BUN_INIT, files: ["app.ts"] }));
  await Bun.write(join(folder.path, "app.ts"), 'import { AgentServer, SqliteStore } from "chatkit-server";\nconsole.log(AgentServer, SqliteStore);\n');
  await expectNoErrors(".", folder.path);
}, 60_000);

test("types are written into a clone that another project depends on, and not for the clone's own install", async () => {
  await using folder = await emptyFolder();
  const asked = async (from: string) => {
    const child = Bun.spawn([process.execPath, join(ROOT, ".ci/types-for-links.cjs")], { cwd: folder.path, env: { ...process.env, INIT_CWD: from }, stdout: "pipe", stderr: "pipe" });
    return [await child.exited, await new Response(child.stderr).text()] as const;
  };
  expect(await asked(folder.path)).toEqual([0, ""]);
  expect(await asked(ROOT)).toEqual([0, expect.stringContaining("has no node_modules: run npm install there")]);
});

/** What `bun init` writes, as far as it changes what is an error. */
const BUN_INIT = {
  lib: ["ESNext"],
  target: "ESNext",
  module: "Preserve",
  moduleDetection: "force",
  jsx: "react-jsx",
  allowJs: true,
  types: ["bun"],
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  noFallthroughCasesInSwitch: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
};

async function expectNoErrors(project: string, cwd = ROOT): Promise<void> {
  const command = [process.execPath, "check", "--no-script", "-p", project];
  const child = Bun.spawn(command, { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  expect(code, out + err).toBe(0);
}
