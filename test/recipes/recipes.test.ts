import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKS } from "./checks.ts";
import { readRecipes, type Recipe } from "./readme.ts";

setDefaultTimeout(20_000);

const ROOT = join(import.meta.dir, "../..");
const recipes = await readRecipes();
const folder = await mkdtemp(join(tmpdir(), "recipes-"));
afterAll(() => rm(folder, { recursive: true }));

const MAX_LINES = 25;

/** A recipe as a file that can be served; in a folder of its own. */
async function written(recipe: Recipe): Promise<string> {
  const own = await mkdtemp(join(folder, "recipe-"));
  await cp(join(import.meta.dir, "db.ts"), join(own, "db.ts"));
  const file = join(own, `agent.${recipe.language}`);
  await Bun.write(file, recipe.code);
  return file;
}

describe("a recipe of the README", () => {
  for (const recipe of recipes.values()) {
    test(`does what it says: ${recipe.title}`, async () => {
      const check = CHECKS[recipe.title];
      if (!check) throw new Error(`test/recipes/checks.ts has nothing for "${recipe.title}"`);
      await check(await written(recipe), recipe.code);
    });
  }

  test("is not checked any more once it is gone", () => {
    expect(Object.keys(CHECKS).filter((title) => !recipes.has(title))).toEqual([]);
  });

  test("is short enough to be read in one go", () => {
    expect([...recipes.values()].filter(({ lines }) => lines > MAX_LINES).map(({ title, lines }) => `${title}: ${lines}`)).toEqual([]);
  });

  test("has no type error", async () => {
    // Within the project: that is where the library's own name is known to the type checker.
    await mkdir(join(ROOT, "dist"), { recursive: true });
    const inside = await mkdtemp(join(ROOT, "dist/recipes-"));
    try {
      await cp(join(import.meta.dir, "db.ts"), join(inside, "db.ts"));
      const modules = [...recipes.values()].filter(({ language }) => language === "ts");
      await Promise.all(modules.map(({ title, code }) => Bun.write(join(inside, `${title.replace(/\W+/g, "-")}.ts`), code)));
      const check = Bun.spawn([process.execPath, "check", "--no-script", "--no-pretty", inside], {
        cwd: ROOT,
        stdout: "pipe",
        stderr: "pipe",
      });
      const said = (await Promise.all([new Response(check.stdout).text(), new Response(check.stderr).text()])).join("\n");
      expect(said).toMatch(/No type errors|Found \d+ error/);
      // What is wrong elsewhere is the project's own check to say.
      expect(said.split("\n").filter((line) => line.startsWith("dist/recipes-"))).toEqual([]);
    } finally {
      await rm(inside, { recursive: true });
    }
  });
});
