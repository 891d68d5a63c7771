/**
 * Where the files for the browser come from: the executable has them inside; from sources they are bundled, and again when a source has
 * changed. Nothing is read before the first is asked for. How they are served is never decided here.
 */
import type { BrowserFile } from "../../http/routes/pages.ts";
import { fileMap } from "./file-map.ts";

declare const BUILD_COMMIT: string | undefined;

/** Finds files by name. */
export function browserFiles(): (name: string) => Promise<BrowserFile | undefined> {
  let files: Promise<ReturnType<typeof fileMap>> | undefined;
  // The build puts a text in its place, and leaves the other branch out.
  if (typeof BUILD_COMMIT === "string") return async (name) => (await (files ??= embedded())).get(name);
  return async (name) => (await (await import("./bundled-files.ts")).bundledFiles()).get(name);
}

async function embedded(): Promise<ReturnType<typeof fileMap>> {
  const { EMBEDDED } = await import("./embedded-files.ts");
  const all = JSON.parse(EMBEDDED) as { name: string; type: string; gzip: string }[];
  return fileMap(all.map(({ gzip, ...rest }) => ({ ...rest, gzip: new Uint8Array(Buffer.from(gzip, "base64")) })));
}
