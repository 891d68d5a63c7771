/**
 * The starter: what the `init` verb writes into a folder: a first agent or a recipe, and types for an editor. It never overwrites a file
 * of the user, and the server never needs what it has written.
 */
import { exists, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NAME } from "../../version.ts";
import { FILE_MODE, FOLDER_MODE, TYPES_FOLDER, writeTypes } from "./editor-types.ts";
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

// No other package: the types depend on all that the program brings with it, in its versions.
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

/** The other files that an editor needs: name → contents. */
const EDITOR: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify(PACKAGE, null, 2)}\n`,
  "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
};

/** What `prepareFolder` has done; all paths begin with the folder. */
export type Prepared = {
  created: string[];
  /** Files that existed and were left as they are. */
  kept: string[];
  /** For an agent module: the folder of types, which is written each time, and the command that makes them known to the editor. */
  editor?: { types: string; install: string };
  /** The command that serves it, to be run in the folder. */
  command: string;
};

/**
 * Writes a first agent or a recipe into a folder, which is created if need be, with what an editor needs. Existing files are kept, except
 * that the types are replaced.
 * @throws Error when there is another file with the recipe's name; then nothing was written.
 */
export async function prepareFolder(folder: string, recipe?: Recipe): Promise<Prepared> {
  const { files, command }: Pick<Recipe, "files" | "command"> = recipe ?? { files: { "agent.ts": AGENT }, command: `${NAME} --agent agent.ts --watch` };
  const [file] = Object.keys(files) as [string];
  if (recipe) await refuseAnother(join(folder, file), files[file]!);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (!file.endsWith(".ts")) return { ...(await writeMissing(folder, files)), command };
  const written = await writeMissing(folder, { ...files, ...EDITOR });
  const types = await writeTypes(folder);
  // One that was there may be a link that leads nowhere.
  const named = (await readFile(join(folder, "package.json"), "utf8").catch(() => "")).includes(JSON.stringify(TYPES_DEPENDENCY));
  return { ...written, editor: { types, install: named ? "npm install" : `npm install --save-dev ./${TYPES_FOLDER}` }, command };
}

async function refuseAnother(file: string, contents: string): Promise<void> {
  if (!(await exists(file)) || (await readFile(file, "utf8")) === contents) return;
  throw new Error(`${file} is there already and is not the recipe; it was left as it is. Name another folder`);
}

/** Writes those of the files (name → contents) that do not exist. */
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
    await writeFile(file, contents, { flag: "wx", mode: FILE_MODE });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
