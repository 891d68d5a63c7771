import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NAME } from "../../version.ts";
import { TYPES_FOLDER, writeTypes } from "./editor-types.ts";

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

/** A first agent, and what an editor needs beside the types: file name → contents. */
const TEMPLATE: Readonly<Record<string, string>> = {
  "agent.ts": AGENT,
  "package.json": `${JSON.stringify(PACKAGE, null, 2)}\n`,
  "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
};

/** What became of a folder; all paths begin with it. */
export type Prepared = {
  created: string[];
  /** Files that were there, left as they are. */
  kept: string[];
  /** The folder of types, written anew each time. */
  types: string;
  /** How npm gets the types to the editor. */
  install: string;
};

/** Makes a folder one to write agents in; it is made if need be. Of what is there only the types are replaced. */
export async function prepareFolder(folder: string): Promise<Prepared> {
  await mkdir(folder, { recursive: true });
  const created: string[] = [];
  const kept: string[] = [];
  for (const [name, contents] of Object.entries(TEMPLATE)) {
    const file = join(folder, name);
    ((await writeNew(file, contents)) ? created : kept).push(file);
  }
  const types = await writeTypes(folder);
  const named = (await readFile(join(folder, "package.json"), "utf8")).includes(JSON.stringify(TYPES_DEPENDENCY));
  return { created, kept, types, install: named ? "npm install" : `npm install --save-dev ./${TYPES_FOLDER}` };
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
