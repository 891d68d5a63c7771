import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTemplate } from "../../src/agents/init-template.ts";
import { loadAgentServer } from "../../src/agents/load-agent-server.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { createThread, ports } from "../support/chat.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "init-"))));
afterEach(() => rm(folder, { recursive: true }));

test("the template is written into a folder that need not be there", async () => {
  const target = join(folder, "new/agent");
  expect(await writeTemplate(target)).toEqual(["agent.ts", "package.json", "tsconfig.json"].map((name) => join(target, name)));
  expect((await readdir(target)).sort()).toEqual(["agent.ts", "package.json", "tsconfig.json"]);
});

test("files that are there are left as they are", async () => {
  await Bun.write(join(folder, "agent.ts"), "mine");
  expect(await writeTemplate(folder)).toEqual([join(folder, "package.json"), join(folder, "tsconfig.json")]);
  expect(await Bun.file(join(folder, "agent.ts")).text()).toBe("mine");
  expect(await writeTemplate(folder)).toEqual([]);
});

test("the sample agent is served as it is, and its tool answers", async () => {
  await writeTemplate(folder);
  const path = join(folder, "agent.ts");
  const { server } = await loadAgentServer({ path, ports: ports(new MemoryStore()), models: {}, embedded: {} });
  const { events } = await createThread(server, "search the database");
  expect(JSON.stringify(events)).toContain("Results for: search the database");
});

test("the sample agent has no type errors for an editor that has the packages it lists", async () => {
  await writeTemplate(folder);
  await symlink(join(import.meta.dir, "../../node_modules"), join(folder, "node_modules"));
  const check = Bun.spawn([process.execPath, "check"], { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const output = (await new Response(check.stdout).text()) + (await new Response(check.stderr).text());
  expect({ code: await check.exited, output }).toMatchObject({ code: 0 });
});
