import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/** Where a packed library has its types. The executable has no such folder, and a clone has none. */
const PACKED = join(import.meta.dir, "../../../types");

/** The library's types: file name → declarations. */
export async function libraryTypes(): Promise<Record<string, string>> {
  // Bun runs no macros in node_modules: there the file with the macro could not even be loaded.
  if (!existsSync(PACKED)) return (await import("./embedded-declarations.ts")).embeddedTypes();
  const names = [...new Glob("**/*.d.ts").scanSync(PACKED)].sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(PACKED, name), "utf8")]));
}
