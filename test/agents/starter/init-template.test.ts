import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareFolder } from "../../../src/agents/starter/init-template.ts";
import { RECIPES } from "../../../src/agents/starter/recipes.ts";
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
    editor: { types: join(target, ".chatkit-server"), install: "npm install" },
    command: "chatkit-server --agent agent.ts --watch",
  });
  expect((await readdir(target)).sort()).toEqual([".chatkit-server", ...FILES]);
});

test.each([
  [0o000, 0o755, 0o644],
  [0o002, 0o755, 0o644],
  [0o077, 0o700, 0o600],
])("with umask %o nobody else may write what it creates, and others may read it unless the umask forbids", async (umask, folderMode, fileMode) => {
  const before = process.umask(umask);
  try {
    await prepareFolder(join(folder, "new/agent"));
  } finally {
    process.umask(before);
  }
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await stat(join(folder, name));
    expect([name, found.mode & 0o777]).toEqual([name, found.isDirectory() ? folderMode : fileMode]);
  }
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
  expect((await prepareFolder(folder)).editor?.install).toBe("npm install --save-dev ./.chatkit-server");
});

test("the sample agent is served as it is, and its tool answers", async () => {
  await prepareFolder(folder);
  const path = join(folder, "agent.ts");
  const { server } = await loadAgentServer({ path, ports: ports(new MemoryStore()), models: {}, embedded: {} });
  const { events } = await createThread(server, "search the database");
  expect(JSON.stringify(events)).toContain("Results for: search the database");
});

describe("a recipe", () => {
  const recipe = (name: string) => RECIPES.find((one) => one.name === name)!;

  test("comes with what it imports from beside it, and with the types", async () => {
    const { created, editor, command } = await prepareFolder(folder, recipe("store"));
    expect(created).toEqual(["store.ts", "db.ts", "package.json", "tsconfig.json"].map((name) => join(folder, name)));
    expect([editor?.install, command]).toEqual(["npm install", "chatkit-server --agent store.ts"]);
    expect(await Bun.file(join(folder, "db.ts")).text()).toBe(recipe("store").files["db.ts"]!);
  });

  test("that is no module needs nothing beside it", async () => {
    expect(await prepareFolder(folder, recipe("no-code"))).toEqual({
      created: [join(folder, "no-code.yaml")],
      kept: [],
      command: "chatkit-server --agent no-code.yaml",
    });
    expect(await readdir(folder)).toEqual(["no-code.yaml"]);
  });

  test("never takes the place of another file, and then writes nothing", async () => {
    await Bun.write(join(folder, "store.ts"), "mine");
    await expect(prepareFolder(folder, recipe("store"))).rejects.toThrow(`${join(folder, "store.ts")} is there already and is not the recipe`);
    expect(await readdir(folder)).toEqual(["store.ts"]);
    expect(await Bun.file(join(folder, "store.ts")).text()).toBe("mine");
  });

  test("that is there already is left, and so is what was changed beside it", async () => {
    await prepareFolder(folder, recipe("store"));
    await Bun.write(join(folder, "db.ts"), "mine");
    expect(await prepareFolder(folder, recipe("store"))).toMatchObject({ created: [], kept: expect.arrayContaining([join(folder, "db.ts")]) });
    expect(await Bun.file(join(folder, "db.ts")).text()).toBe("mine");
  });
});
