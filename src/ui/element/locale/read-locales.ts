import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Language tag → its texts: every JSON file of this folder. For use as a macro. */
export function readLocales(): Record<string, Record<string, string>> {
  const files = readdirSync(import.meta.dir).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(files.map((file) => [file.replace(".json", ""), JSON.parse(readFileSync(join(import.meta.dir, file), "utf8")) as Record<string, string>]));
}
