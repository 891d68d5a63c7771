import { readdirSync } from "node:fs";
import { join, sep } from "node:path";

/** The files that an agent may be made of. A database in the folder changes all the time and must not cause reloads. */
const SOURCE = /\.(?:[cm]?[jt]sx?|jsonc?|ya?ml|toml|md|txt|widget)$/;

/** Whether the agent may be made of that file; the path is relative to the agent's folder. */
export function isSource(file: string): boolean {
  return SOURCE.test(file) && !file.split(sep).some(isForeign);
}

export function sourcesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !isForeign(name));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

function isForeign(name: string): boolean {
  return name === "node_modules" || name.startsWith(".");
}
