import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchAgent } from "../../../src/agents/loading/watch.ts";

let folder: string;
let stop = () => {};
let reloads: number;
let errors: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "watch-"));
  reloads = 0;
  errors = [];
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

function watch(reload: () => void | Promise<void> = () => {}): void {
  const counted = async () => {
    reloads++;
    await reload();
  };
  stop = watchAgent({ file: join(folder, "agent.ts"), reload: counted, onError: (error) => errors.push(error), settleMs: 20 });
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 5000; waited += 10) await Bun.sleep(10);
  expect(condition()).toBe(true);
}

test("many changes of one save are one reload", async () => {
  watch();
  await Promise.all(["agent.ts", "prompt.md", "data.json", "agent.ts"].map((name) => Bun.write(join(folder, name), "x")));
  await until(() => reloads === 1);
  await Bun.sleep(100);
  expect(reloads).toBe(1);
});

test("files in folders made later count, a database and installed packages do not", async () => {
  await mkdir(join(folder, "node_modules"));
  watch();
  await Bun.write(join(folder, "chat.db-wal"), "x");
  await Bun.write(join(folder, "node_modules/index.js"), "x");
  await Bun.sleep(100);
  expect(reloads).toBe(0);
  await mkdir(join(folder, "tools"));
  await Bun.sleep(50);
  await Bun.write(join(folder, "tools/one.ts"), "x");
  await until(() => reloads === 1);
});

test("a reload that fails is told, and the next change is tried again", async () => {
  watch(() => {
    if (reloads === 1) throw new Error("syntax");
  });
  await Bun.write(join(folder, "agent.ts"), "broken");
  await until(() => errors.length === 1);
  await Bun.write(join(folder, "agent.ts"), "mended");
  await until(() => reloads === 2);
  expect(errors).toHaveLength(1);
});

test("two reloads never run at once", async () => {
  let running = 0;
  let most = 0;
  watch(async () => {
    most = Math.max(most, ++running);
    await Bun.sleep(60);
    running--;
  });
  for (const text of ["a", "b", "c"]) {
    await Bun.write(join(folder, "agent.ts"), text);
    await Bun.sleep(40);
  }
  await until(() => reloads >= 2 && running === 0);
  expect(most).toBe(1);
});

test("after the stop nothing is reloaded", async () => {
  watch();
  stop();
  await Bun.write(join(folder, "agent.ts"), "x");
  await Bun.sleep(100);
  expect(reloads).toBe(0);
});

test("files that the agent imports from elsewhere count, also those that a change brings, and what is beside them does not", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "watch-elsewhere-"));
  try {
    await Bun.write(join(folder, "agent.ts"), `import "${elsewhere}/one.ts";`);
    await Bun.write(join(elsewhere, "one.ts"), 'import "./lib/two.ts"; export const broken = ;');
    watch();
    await Bun.sleep(50);
    await Bun.write(join(elsewhere, "beside.ts"), "x");
    await Bun.sleep(100);
    expect(reloads).toBe(0);
    await Bun.write(join(elsewhere, "lib/two.ts"), "x");
    await Bun.write(join(elsewhere, "one.ts"), 'import "./lib/two.ts";');
    await until(() => reloads === 1);
    await Bun.write(join(elsewhere, "lib/two.ts"), "y");
    await until(() => reloads === 2);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test("so does the file with the instructions of an agent file", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "watch-elsewhere-"));
  try {
    await Bun.write(join(folder, "agent.yaml"), `name: A\ninstructions: { file: ${elsewhere}/prompt.md }\n`);
    stop = watchAgent({ file: join(folder, "agent.yaml"), reload: async () => void reloads++, onError: (error) => errors.push(error), settleMs: 20 });
    await Bun.sleep(50);
    await Bun.write(join(elsewhere, "prompt.md"), "x");
    await until(() => reloads === 1);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});
