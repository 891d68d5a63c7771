import { statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { bundleBrowserCode } from "../../../.ci/browser-code.ts";
import { fileMap } from "./file-map.ts";

const SRC = join(import.meta.dir, "../..");

type Bundle = { newest: number; files: Promise<ReturnType<typeof fileMap>> };
let bundle: Bundle | undefined;

/** The files for the browser out of these sources. @throws Error that names what does not build */
export function bundledFiles(): Bundle["files"] {
  const newest = newestSource();
  if (bundle?.newest !== newest) bundle = { newest, files: bundleBrowserCode().then(fileMap) };
  return bundle.files;
}

function newestSource(): number {
  const files = [...new Glob("{ui,protocol}/**/*").scanSync({ cwd: SRC })];
  return Math.max(...files.map((file) => statSync(join(SRC, file)).mtimeMs)) + files.length;
}
