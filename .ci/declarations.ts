import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = join(import.meta.dir, "..");
const IMPORT = /(?<=\b(?:from |import\()")(\.[^"]*)\.ts(?=")/g;

/**
 * The library's types for somebody who has only the executable: file name → declarations, of `index.d.ts` and what it reaches.
 * As JSON, gzipped, in base64: half a megabyte of schemas becomes a tenth, and a macro can hand over nothing binary.
 * Import it as a macro: then the build, or Bun when it runs from sources, puts the outcome in the place of the call.
 */
export function declarations(): string {
  const folder = mkdtempSync(join(tmpdir(), "declarations-"));
  try {
    emit(folder);
    return gzipSync(JSON.stringify(reached(folder, "index.d.ts"))).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function emit(folder: string): void {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const config = join(ROOT, ".ci/tsconfig.declarations.json");
  const { success, stdout, stderr } = Bun.spawnSync([process.execPath, compiler, "-p", config, "--outDir", folder]);
  if (success) return;
  // Of what a macro throws, Bun shows nothing.
  console.error(`${stdout}${stderr}`);
  throw new Error("no declarations");
}

function reached(folder: string, entry: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (file: string): void => {
    if (file in found) return;
    const text = readFileSync(join(folder, file), "utf8");
    // The compiled module's name is what every resolver expects of a declaration.
    found[file] = text.replace(IMPORT, "$1.js");
    for (const [, target] of text.matchAll(IMPORT)) visit(join(file, "..", `${target}.d.ts`));
  };
  visit(entry);
  return found;
}
