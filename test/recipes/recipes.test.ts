import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { RECIPES } from "../../src/agents/starter/recipes.ts";
import { CHECKS } from "./checks.ts";

setDefaultTimeout(20_000);

const ROOT = join(import.meta.dir, "../..");
const FOLDER = "src/agents/starter/recipes";
const MAX_LINES = 25;

describe("a recipe", () => {
  for (const { name, title, files } of RECIPES) {
    test(`does what it says: ${title}`, async () => {
      const check = CHECKS[name];
      if (!check) throw new Error(`test/recipes/checks.ts has nothing for "${name}"`);
      await check(join(ROOT, FOLDER, Object.keys(files)[0]!));
    });
  }

  test("is not checked any more once it is gone", () => {
    const names = RECIPES.map(({ name }) => name);
    expect(Object.keys(CHECKS).filter((name) => !names.includes(name))).toEqual([]);
  });

  test("is short enough to be read in one go", () => {
    const lengths = RECIPES.map(({ name, files }) => ({ name, lines: linesOfCode(Object.values(files)[0]!) }));
    expect(lengths.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  test("is told with its title, and the command that serves it", () => {
    for (const { name, title, about, command, files } of RECIPES) {
      const [file] = Object.keys(files);
      expect([`${name}.ts`, `${name}.yaml`]).toContain(file!);
      expect(title).not.toEndWith(".");
      expect(about).toEndWith(".");
      expect([`chatkit-server --agent ${file}`, `chatkit-server --config ${file}`]).toContain(command);
    }
  });

  test("or a file that one imports is all that lies among them", async () => {
    const told = RECIPES.flatMap(({ files }) => Object.keys(files));
    expect((await readdir(join(ROOT, FOLDER))).sort()).toEqual([...new Set(told)].sort());
  });

  test("stands in the README, with what it is about", async () => {
    const readme = await Bun.file(join(ROOT, "README.md")).text();
    const rows = RECIPES.map(({ name, title, about, files }) => `| [\`${name}\`](${FOLDER}/${Object.keys(files)[0]}) | ${title}. ${about} |\n`);
    expect(readme).toContain(rows.join(""));
  });
});

/** Lines with something in them, without the comment at the top. */
function linesOfCode(text: string): number {
  const [, ...code] = text.split("\n\n");
  return code.join("\n").match(/\S.*$/gm)?.length ?? 0;
}
