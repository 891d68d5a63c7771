import { join } from "node:path";

/** A recipe of the README: its one block of code, and what the block is written in; `lines` are those with something in them. */
export type Recipe = { title: string; language: string; code: string; lines: number };

const README = join(import.meta.dir, "../../README.md");

/** The README's recipes by their headings. */
export async function readRecipes(): Promise<Map<string, Recipe>> {
  const readme = await Bun.file(README).text();
  const section = /^## Recipes$(.*?)^## /ms.exec(readme)?.[1];
  if (section === undefined) throw new Error("the README has no section Recipes");
  const recipes = section.split(/^### /m).slice(1).map(parse);
  return new Map(recipes.map((recipe) => [recipe.title, recipe]));
}

function parse(text: string): Recipe {
  const title = text.slice(0, text.indexOf("\n"));
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const [, language, code] = blocks[0] ?? [];
  if (blocks.length !== 1 || !language || !code) throw new Error(`the recipe "${title}" has ${blocks.length} blocks of code`);
  return { title, language, code, lines: code.match(/\S.*$/gm)?.length ?? 0 };
}
