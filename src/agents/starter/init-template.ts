/**
 * The starter: what the `init` verb writes into a folder, a first agent or a recipe and an editor's types. It never writes over a file of
 * the user's, and the server never needs what it wrote.
 */
import { exists, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NAME } from "../../version.ts";
import { TYPES_FOLDER, writeTypes } from "./editor-types.ts";
import type { Recipe } from "./recipes.ts";

const AGENT = `import { Agent, tool } from "@openai/agents";
import { z } from "zod";

const searchDatabase = tool({
  name: "search_database",
  description: "Search the database for information.",
  parameters: z.object({ query: z.string() }),
  execute: async ({ query }) => \`Results for: \${query}\`,
});

export default new Agent({
  name: "Assistant",
  instructions: "You are a helpful assistant. Search the database before you answer questions of fact.",
  tools: [searchDatabase],
});
`;

const TYPES_DEPENDENCY = `file:${TYPES_FOLDER}`;

// Nothing else: what the program brings with it comes to the editor by way of its types, in the versions that the program has.
const PACKAGE = { private: true, type: "module", devDependencies: { [NAME]: TYPES_DEPENDENCY } };

const TSCONFIG = {
  compilerOptions: {
    target: "esnext",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["esnext"],
    types: ["bun"],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    resolveJsonModule: true,
    allowImportingTsExtensions: true,
  },
};

/** What an editor needs beside the types. */
const EDITOR: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify(PACKAGE, null, 2)}\n`,
  "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
};

/** What became of a folder; all paths begin with it. */
export type Prepared = {
  created: string[];
  /** Files that were there, left as they are. */
  kept: string[];
  /** For an agent module: the folder of types, written anew each time, and how npm gets them to the editor. */
  editor?: { types: string; install: string };
  /** Serves what was written, from the folder. */
  command: string;
};

/**
 * Makes a folder one to write agents in, with a first agent or a recipe in it; the folder is made if need be. Of what is there only
 * the types are replaced.
 * @throws Error when another file has the recipe's name; then nothing was written.
 */
export async function prepareFolder(folder: string, recipe?: Recipe): Promise<Prepared> {
  const { files, command }: Pick<Recipe, "files" | "command"> = recipe ?? { files: { "agent.ts": AGENT }, command: `${NAME} --agent agent.ts --watch` };
  const [file] = Object.keys(files) as [string];
  if (recipe) await refuseAnother(join(folder, file), files[file]!);
  await mkdir(folder, { recursive: true });
  if (!file.endsWith(".ts")) return { ...(await writeMissing(folder, files)), command };
  const written = await writeMissing(folder, { ...files, ...EDITOR });
  const types = await writeTypes(folder);
  const named = (await readFile(join(folder, "package.json"), "utf8")).includes(JSON.stringify(TYPES_DEPENDENCY));
  return { ...written, editor: { types, install: named ? "npm install" : `npm install --save-dev ./${TYPES_FOLDER}` }, command };
}

async function refuseAnother(file: string, contents: string): Promise<void> {
  if (!(await exists(file)) || (await readFile(file, "utf8")) === contents) return;
  throw new Error(`${file} is there already and is not the recipe; it was left as it is. Name another folder`);
}

/** Writes the files that are not there yet: name → contents. */
async function writeMissing(folder: string, files: Readonly<Record<string, string>>): Promise<Pick<Prepared, "created" | "kept">> {
  const created: string[] = [];
  const kept: string[] = [];
  for (const [name, contents] of Object.entries(files)) {
    const file = join(folder, name);
    ((await writeNew(file, contents)) ? created : kept).push(file);
  }
  return { created, kept };
}

async function writeNew(file: string, contents: string): Promise<boolean> {
  try {
    await writeFile(file, contents, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
