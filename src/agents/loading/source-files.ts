import { readdirSync } from "node:fs";
import { join, sep } from "node:path";

/** What an agent may be made of; a database beside it changes all the time and must not count. */
const SOURCE = /\.(?:[cm]?[jt]sx?|jsonc?|ya?ml|toml|md|txt|widget)$/;

/** Whether a file is of the agent's own; the path is relative to its folder. */
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
