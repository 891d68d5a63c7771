import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BunPlugin } from "bun";

const ROOT = join(import.meta.dir, "..");
const UI = join(ROOT, "src/ui");
/** Entry → the name that pages and the loader know it by. */
const ENTRIES = { element: "element/chatkit.ts", page: "playground/page.ts", embed: "playground/embed.ts" };
const PAGES = ["page.html", "embed.html", "off.html"];

const LIT = /node_modules\/(@lit\/reactive-element|lit-html|lit-element)\/.*\.js$/;

/** What packages bring that a page of somebody else should not have to take. */
export const LIGHTER: BunPlugin = {
  name: "lighter",
  setup(build) {
    // The browser has this package's large table itself.
    build.onResolve({ filter: /^entities$/ }, () => ({ path: join(UI, "element/markdown/entities.ts") }));
    // Lit's notes for other copies of it are kept in its modules, not on `window`.
    build.onLoad({ filter: LIT }, async ({ path }) => ({ contents: withoutGlobals(await Bun.file(path).text()), loader: "js" }));
  },
};

function withoutGlobals(code: string): string {
  const quiet = code.replace(/\b\w+\.(?=(reactiveElement|litHtml|litElement)Versions\b)/g, "{}.");
  const map = /\b\w+\.litPropertyMetadata\?\?=new WeakMap\b/;
  return map.test(quiet) ? `const litPropertyMetadata=new WeakMap;${quiet.replace(map, "0")}` : quiet;
}

/** A file for the browser, as it is sent. */
export type BrowserFile = { name: string; type: string; gzip: Uint8Array };

/**
 * Bundles the code for the browser. The files of `chatkit-ui/` have a hash of their content in the name; `chatkit.js` only imports the
 * element's, without an `import` statement: it runs as a classic script, too.
 * @throws Error that names what does not build
 */
export async function bundleBrowserCode(): Promise<BrowserFile[]> {
  const result = await Bun.build({
    entrypoints: Object.values(ENTRIES).map((file) => join(UI, file)),
    target: "browser",
    format: "esm",
    splitting: true,
    minify: true,
    naming: { entry: "entry-[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [LIGHTER],
    throw: false,
  });
  if (!result.success) throw new Error(`the code for the browser does not build:\n${result.logs.join("\n")}`);
  const texts = new Map(await Promise.all(result.outputs.map(async (output) => [output.path.split("/").at(-1)!, await output.text()] as const)));
  const scripts = result.outputs.map(({ path, type }) => file(`chatkit-ui/${path.split("/").at(-1)}`, type, texts.get(path.split("/").at(-1)!)!));
  const neededBy = (entry: keyof typeof ENTRIES) => {
    const built = `entry-${ENTRIES[entry].split("/").at(-1)!.replace(/\.ts$/, "-")}`;
    return [...imported([...texts.keys()].find((name) => name.startsWith(built))!, texts)].reverse().map((name) => `./chatkit-ui/${name}`);
  };
  const starters = (["page", "embed"] as const).map((entry) => starterOf(entry, neededBy(entry).at(-1)!));
  const pages = PAGES.map(async (name) => {
    const text = await Bun.file(join(UI, "playground", name)).text();
    const tags = (_: string, entry: "page" | "embed") => tagsOf(starters.find(({ name }) => name.includes(entry))!.name, neededBy(entry));
    return file(name, "text/html;charset=utf-8", text.replace(/<!-- (\w+) -->/g, tags));
  });
  return [file("chatkit.js", "text/javascript;charset=utf-8", loaderOf(neededBy("element"))), ...starters, ...scripts, ...(await Promise.all(pages))];
}

/**
 * Imports all at once, since each would name the next only when it is there. Of a script from another origin that is no module, paths are
 * relative to nothing: there its own address is asked for.
 */
function loaderOf(paths: string[]): string {
  return `{
  const from = document.currentScript?.src;
  for (const path of ${JSON.stringify(paths)}) import(from ? new URL(path, from).href : path);
}
`;
}

/** Imports a page's script once the browser has shown what is in the page already. Nothing is shown in a tab that nobody sees. */
function starterOf(entry: string, path: string): BrowserFile {
  const text = `const start = () => import("./${path.split("/").at(-1)}");
document.hidden ? start() : requestAnimationFrame(() => setTimeout(start, 0));
`;
  return file(`chatkit-ui/start-${entry}-${Bun.hash(text).toString(36).slice(0, 8)}.js`, "text/javascript;charset=utf-8", text);
}

/** All that a page needs is fetched at once, and parsed when it is started. */
function tagsOf(starter: string, paths: string[]): string {
  const links = paths.map((path) => `<link rel="preload" as="script" crossorigin href="${path}" />`);
  return [...links, `<script type="module" src="./${starter}"></script>`].join("");
}

/** The script and all that it needs to begin, itself first. */
function imported(name: string, texts: ReadonlyMap<string, string>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next] of texts.get(name)!.matchAll(/(?:\bfrom|\bimport)"\.\/([\w.-]+\.js)"/g)) imported(next!, texts, found);
  return found;
}

function file(name: string, type: string, text: string): BrowserFile {
  return { name, type, gzip: gzipSync(text, { level: 9 }) };
}

/**
 * The same as JSON for the executable, with the bytes in base64. Import it as a macro; it starts a process of its own, since a macro
 * that bundles would wait for the bundler that waits for the macro.
 */
export function bundledBrowserCode(): string {
  const { success, stdout, stderr } = Bun.spawnSync([process.execPath, "--no-install", join(import.meta.dir, "browser-code.ts")]);
  if (success) return stdout.toString();
  // Of what a macro throws, Bun shows nothing.
  console.error(String(stderr));
  throw new Error("no code for the browser");
}

if (import.meta.main) {
  const files = await bundleBrowserCode();
  console.log(JSON.stringify(files.map(({ gzip, ...rest }) => ({ ...rest, gzip: Buffer.from(gzip).toString("base64") }))));
}
