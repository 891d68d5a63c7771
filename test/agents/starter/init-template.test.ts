import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareFolder } from "../../../src/agents/starter/init-template.ts";
import { loadAgentServer } from "../../../src/agents/loading/load-agent-server.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { createThread, ports } from "../../support/chat.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "init-"))));
afterEach(() => rm(folder, { recursive: true }));

const FILES = ["agent.ts", "package.json", "tsconfig.json"];

test("a folder that need not be there gets the template and the types", async () => {
  const target = join(folder, "new/agent");
  expect(await prepareFolder(target)).toEqual({
    created: FILES.map((name) => join(target, name)),
    kept: [],
    types: join(target, ".chatkit-server"),
    install: "npm install",
  });
  expect((await readdir(target)).sort()).toEqual([".chatkit-server", ...FILES]);
});

test("files that are there are left as they are, and only the types are replaced", async () => {
  await Bun.write(join(folder, "agent.ts"), "mine");
  const [agent, ...others] = FILES.map((name) => join(folder, name));
  expect(await prepareFolder(folder)).toMatchObject({ created: others, kept: [agent!] });
  const types = join(folder, ".chatkit-server/types");
  const before = (await readdir(types, { recursive: true })).sort();
  await Bun.write(join(types, "index.d.ts"), "of another version");
  await Bun.write(join(types, "gone.d.ts"), "of another version");
  await mkdir(join(folder, ".chatkit-server/node_modules"));
  expect(await prepareFolder(folder)).toMatchObject({ created: [], kept: [agent!, ...others] });
  expect((await readdir(types, { recursive: true })).sort()).toEqual(before);
  expect(await Bun.file(join(types, "index.d.ts")).text()).toContain("ChatKitServer");
  expect(await readdir(join(folder, ".chatkit-server"))).toContain("node_modules");
  expect(await Bun.file(join(folder, "agent.ts")).text()).toBe("mine");
});

test("a package.json that does not name the types is left to npm to change", async () => {
  await Bun.write(join(folder, "package.json"), '{"dependencies":{"chatkit-server":"0.1.0"}}');
  expect((await prepareFolder(folder)).install).toBe("npm install --save-dev ./.chatkit-server");
});

test("the sample agent is served as it is, and its tool answers", async () => {
  await prepareFolder(folder);
  const path = join(folder, "agent.ts");
  const { server } = await loadAgentServer({ path, ports: ports(new MemoryStore()), models: {}, embedded: {} });
  const { events } = await createThread(server, "search the database");
  expect(JSON.stringify(events)).toContain("Results for: search the database");
});
