import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const nothing = () => {};
const SILENT = { log: nothing, warn: nothing, error: nothing, debug: nothing, info: nothing };

/**
 * `@openai/guardrails` writes what people say, and its prompts, to the console whenever a check fails. From sources it gets a console that
 * is none; in the executable it has been built with one. It is CommonJS, which Bun takes from a plugin only as what it exports, so its
 * files are put together here.
 */
export const quietGuardrails: Bun.BunPlugin = {
  name: "guardrails without a console",
  setup(build) {
    build.onLoad({ filter: /[\\/]@openai[\\/]guardrails[\\/]dist[\\/]index\.js$/ }, ({ path }) => ({ exports: load(path, new Map()), loader: "object" }));
  },
};

type Exports = Record<string, unknown>;

/** @param loaded also what is still being loaded: some of the files need each other */
function load(path: string, loaded: Map<string, { exports: Exports }>): Exports {
  const known = loaded.get(path);
  if (known) return known.exports;
  const module = { exports: {} as Exports };
  loaded.set(path, module);
  const outside = createRequire(path);
  const require = (name: string) => (name.startsWith(".") ? load(outside.resolve(name), loaded) : outside(name));
  const text = readFileSync(path, "utf8").replace(/^#!.*/, "");
  new Function("module", "exports", "require", "__filename", "__dirname", "console", text)(module, module.exports, require, path, dirname(path), SILENT);
  return module.exports;
}
