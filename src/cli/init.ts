import type { Command } from "commander";
import type { Prepared } from "../agents/starter/init-template.ts";
import type { Recipe } from "../agents/starter/recipes.ts";
import { NAME, VERSION } from "../version.ts";
import type { Actions, Output } from "./verbs.ts";

type InitFlags = { recipe?: string; list?: true; json?: true };

export function initVerb(program: Command, { init, recipes }: Actions, { out }: Output): void {
  program
    .command("init")
    .description("write a sample agent.ts or a recipe, with what an editor needs to know its types; again, to renew the types")
    .argument("[folder]", "where to write it", ".")
    .option("--recipe <name>", "a recipe instead of the sample")
    .option("--list", "only show the recipes there are")
    .option("--json", "as JSON")
    .action(async (folder: string, { recipe: name, list, json }: InitFlags, command: Command) => {
      if (list) return void out(json ? JSON.stringify((await recipes()).map(summary), null, 2) : table(await recipes()));
      const recipe = name === undefined ? undefined : recipeNamed(name, await recipes(), command);
      const prepared = await init(folder, recipe);
      out(json ? JSON.stringify(prepared, null, 2) : report(folder, prepared));
    });
}

function recipeNamed(name: string, recipes: readonly Recipe[], command: Command): Recipe {
  const found = recipes.find((recipe) => recipe.name === name);
  return found ?? command.error(`error: there is no recipe '${name}'; the recipes are\n${table(recipes)}`);
}

function summary({ files, ...told }: Recipe) {
  return { ...told, files: Object.keys(files) };
}

function table(recipes: readonly Recipe[]): string {
  const width = Math.max(...recipes.map(({ name }) => name.length));
  return recipes.map(({ name, title }) => `${name.padEnd(width)}  ${title}`).join("\n");
}

function report(folder: string, { created, kept, editor, command }: Prepared): string {
  const lines = [...created.map((file) => `wrote ${file}`), ...kept.map((file) => `left as it is: ${file}`)];
  if (editor) lines.push(`wrote ${editor.types}: the types of ${NAME} ${VERSION}; init replaces what is in there and nothing else`);
  const there = folder === "." ? "" : `cd ${folder}; `;
  const install = editor ? `${editor.install} (for the editor); ` : "";
  return [...lines, `next: ${there}${install}${command}`].join("\n");
}
