import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..");

/**
 * Compiles src/main.ts into one executable.
 *
 * Names are kept, since the agents SDK and our logs show the names of classes and functions. The source map is inside the executable, too:
 * with it, what is logged of an error has the file and line of each call. Bytecode needs the ESM format, in which `import.meta` is
 * the binary's and not the build machine's. Splitting leaves what a verb imports lazily unparsed until it is wanted. Of the
 * working directory nothing is read but what agent modules there import: no .env, no bunfig.toml (whose preloads are code).
 */
export async function build(outfile: string): Promise<void> {
  await mkdir(dirname(outfile), { recursive: true });
  // Bun also writes the maps beside the executable, where nobody needs them.
  const beside = await mkdtemp(join(dirname(outfile), "build-"));
  const built = join(beside, basename(outfile));
  const result = await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts")],
    target: "bun",
    format: "esm",
    minify: { whitespace: true, syntax: true, identifiers: false, keepNames: true },
    sourcemap: "external",
    bytecode: true,
    splitting: true,
    plugins: [guardrailsOnOurPackages],
    define: { "process.env.NODE_ENV": '"production"', BUILD_COMMIT: JSON.stringify(commit()) },
    compile: {
      outfile: built,
      autoloadDotenv: false,
      autoloadBunfig: false,
      // Without it, packages with `exports` are not found in an agent module's own node_modules.
      autoloadPackageJson: true,
      // A `paths` of "*" would take over every import, that of the agent module included.
      autoloadTsconfig: false,
    },
  });
  for (const log of result.logs) console.error(String(log));
  await chmod(built, 0o755);
  await rename(built, outfile);
  await rm(beside, { recursive: true });
}

/**
 * `@openai/guardrails` asks for its packages in a way that would put a second copy of each into the executable. Left outside of it, they
 * are found at run time among the modules that the program hands to agent modules (see `embedded-modules.ts`): one copy, and our client.
 */
const guardrailsOnOurPackages: Bun.BunPlugin = {
  name: "guardrails on our packages",
  setup(build) {
    build.onResolve({ filter: /^(?:zod|openai|@openai\/agents(?:-core)?)$/ }, ({ path, importer }) => {
      return importer.includes("/@openai/guardrails/") ? { path, external: true } : undefined;
    });
    // It writes what people say, and its prompts, to the console whenever a check fails.
    build.onLoad({ filter: /\/@openai\/guardrails\/dist\/.*\.js$/ }, async ({ path }) => {
      const text = (await Bun.file(path).text()).replace(/^#!.*/, "");
      return { contents: `const console = { log() {}, warn() {}, error() {}, debug() {}, info() {} };${text}`, loader: "js" };
    });
  },
};

/** Empty when the sources did not come with their history, as in an image's build context. */
function commit(): string {
  const given = process.env["BUILD_COMMIT"];
  if (given) return given;
  const git = Bun.spawnSync(["git", "rev-parse", "--short=12", "HEAD"], { cwd: ROOT, stderr: "ignore" });
  return git.success ? git.stdout.toString().trim() : "unknown";
}

if (import.meta.main) {
  const outfile = join(ROOT, "dist/chatkit-server");
  const started = performance.now();
  await build(outfile);
  const megabytes = Math.round(Bun.file(outfile).size / 1e6);
  console.log(`${outfile} (${megabytes} MB, ${Math.round(performance.now() - started)} ms)`);
}
