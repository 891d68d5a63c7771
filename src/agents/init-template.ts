import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };

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

// The program brings these packages with it; they are listed for the editor alone.
const PACKAGE = {
  private: true,
  type: "module",
  devDependencies: {
    "@openai/agents": pkg.dependencies["@openai/agents"],
    "@types/bun": pkg.devDependencies["@types/bun"],
    "chatkit-server": pkg.version,
    hono: pkg.dependencies.hono,
    openai: pkg.dependencies.openai,
    zod: pkg.dependencies.zod,
  },
};

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

/** A first agent, and what an editor needs to know its types: file name → contents. */
export const TEMPLATE: Readonly<Record<string, string>> = {
  "agent.ts": AGENT,
  "package.json": `${JSON.stringify(PACKAGE, null, 2)}\n`,
  "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
};

/** Writes the template into a folder, which is made if need be. Files that are there are left alone; answers those written. */
export async function writeTemplate(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, contents] of Object.entries(TEMPLATE)) {
    const file = join(folder, name);
    if (await writeNew(file, contents)) written.push(file);
  }
  return written;
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
