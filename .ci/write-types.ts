import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { declarations } from "./declarations.ts";

/**
 * Writes `types/` into a package that is packed: a project whose compiler does not take `.ts` in imports, as under `nodenext`, would find
 * an error in each of the sources. A clone has no such folder, and there `exports` leads to the sources.
 */
const folder = join(import.meta.dir, "../types");
rmSync(folder, { recursive: true, force: true });
const files = JSON.parse(gunzipSync(Buffer.from(declarations(), "base64")).toString()) as Record<string, string>;
for (const [name, text] of Object.entries(files)) {
  mkdirSync(join(folder, dirname(name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}
