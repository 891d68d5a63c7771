import { dirname, extname, resolve, sep } from "node:path";

type Loader = "ts" | "tsx" | "js" | "jsx";
const LOADERS: Record<string, Loader> = { ".ts": "ts", ".mts": "ts", ".cts": "ts", ".tsx": "tsx", ".jsx": "jsx", ".js": "js", ".mjs": "js", ".cjs": "js" };

/**
 * The file and all that it imports, wherever they lie, packages left out. Found in the text of the files, not in what was loaded: a file
 * that is broken is found as well, and so is what is missing as long as its folder is there.
 */
export async function importedFiles(entry: string): Promise<Set<string>> {
  const found = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const loader = LOADERS[extname(file)];
    if (loader) open.push(...importsOf(file, loader, await Bun.file(file).text().catch(() => "")));
  }
  return found;
}

function importsOf(file: string, loader: Loader, text: string): string[] {
  return specifiersIn(text, loader).flatMap((specifier) => {
    const target = resolved(specifier, file);
    return target.startsWith(sep) && !target.includes(`${sep}node_modules${sep}`) ? [target] : [];
  });
}

function specifiersIn(text: string, loader: Loader): string[] {
  try {
    return new Bun.Transpiler({ loader }).scanImports(text).map(({ path }) => path);
  } catch {
    // Its syntax is broken: what it imports is known again when it is mended.
    return [];
  }
}

function resolved(specifier: string, from: string): string {
  try {
    return Bun.resolveSync(specifier, dirname(from));
  } catch {
    return specifier.startsWith(".") ? resolve(dirname(from), specifier) : "";
  }
}

/** An agent file, and the files that it names. Of a broken one only the file itself is known. */
export async function namedFiles(agentFile: string): Promise<Set<string>> {
  const found = new Set([agentFile]);
  const text = await Bun.file(agentFile).text().catch(() => "");
  try {
    const { parse } = await import("yaml");
    const file = parse(text) as Entry & { agents?: Entry[] };
    for (const { instructions } of [file, ...(file.agents ?? [])]) {
      if (typeof instructions?.file === "string") found.add(resolve(dirname(agentFile), instructions.file));
    }
  } catch {
    // Whoever loads it says what is wrong.
  }
  return found;
}

type Entry = { instructions?: { file?: unknown } };
