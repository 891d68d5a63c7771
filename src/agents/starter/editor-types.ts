import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import pkg from "../../../package.json" with { type: "json" };
import { libraryTypes } from "./declarations.ts";

/** The folder beside an agent module with the types for an editor. `init` replaces what is in it. */
export const TYPES_FOLDER = ".chatkit-server";

/**
 * Of what `init` creates; the umask may take more away. Nobody else may write code that this user runs, even where the umask is 0, as in
 * some containers (CWE-276). Others may read it: in an image, the server's user is seldom the one who built it.
 */
export const FOLDER_MODE = 0o755;
export const FILE_MODE = 0o644;

const { dependencies, devDependencies } = pkg;

// The packages that agent modules can import from the program, and those that its types name. The user's package.json names none of
// them, so that their versions are always those of the program and each is installed once.
const PACKAGE = {
  name: pkg.name,
  version: pkg.version,
  description: `The types of ${pkg.name}, written by its init, which replaces them. The program itself needs none of this.`,
  license: pkg.license,
  private: true,
  type: "module",
  exports: { ".": { types: "./types/index.d.ts" } },
  dependencies: {
    "@openai/agents": dependencies["@openai/agents"],
    "@openai/chatkit": dependencies["@openai/chatkit"],
    "@types/bun": devDependencies["@types/bun"],
    hono: dependencies.hono,
    openai: dependencies.openai,
    postgres: dependencies.postgres,
    zod: dependencies.zod,
  },
};

/**
 * Writes the types into a folder, in place of those of another version; returns where. A link that somebody has put there, in a folder
 * that was cloned or unpacked, is not followed to replace files elsewhere (CWE-59).
 */
export async function writeTypes(folder: string): Promise<string> {
  const own = join(folder, TYPES_FOLDER);
  if (await isLink(own)) throw new Error(`${own} is a link: init writes through none. Remove it first.`);
  const types = join(own, "types");
  const description = join(own, "package.json");
  await Promise.all([types, description].map((old) => rm(old, { recursive: true, force: true })));
  for (const [name, text] of Object.entries(await libraryTypes())) {
    const file = join(types, name);
    await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
    await writeFile(file, text, { flag: "wx", mode: FILE_MODE });
  }
  await writeFile(description, `${JSON.stringify(PACKAGE, null, 2)}\n`, { flag: "wx", mode: FILE_MODE });
  return own;
}

async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() ?? false;
}
