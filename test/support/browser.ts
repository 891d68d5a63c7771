import { describe, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type LaunchOptions } from "playwright-core";

/** The Chromium that comes from npm, for machines that have none. `npm install` does not fetch it: it is large, and only tests need it. */
const FETCHED = "@sparticuz/chromium@153.0.0";
const CACHE = join(import.meta.dir, "../../node_modules/.cache");
const INSTALLED = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser"];
const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
/** Nothing of its own accord over the network, and text drawn alike on every machine. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--font-render-hinting=none",
  "--disable-lcd-text",
  "--force-color-profile=srgb",
];

/** Of a machine with much else to do. */
const LAUNCH_MS = 150_000;

/** A group of tests in a real Chromium. Where there is none it fails under CI; elsewhere it is named as not run. */
export function describeInBrowser(name: string, tests: (open: typeof openBrowser) => void): void {
  const missing = found instanceof Error ? found : undefined;
  if (!missing) describe(name, () => tests(openBrowser));
  else if (!process.env["CI"]) describe.skip(`${name} (not run: ${missing.message})`, () => tests(openBrowser));
  else test(`${name} (a browser is there)`, () => Promise.reject(missing));
}

/** With an empty profile; `flags` are added to its command line. Whoever opened it closes it: one for all tests of a file. */
async function openBrowser(flags: string[] = []): Promise<Browser> {
  if (found instanceof Error) throw found;
  return await chromium.launch({ ...found, args: [...QUIET, ...flags], timeout: LAUNCH_MS });
}

const found = await findBrowser().catch((error: unknown) => error as Error);

/** The installed one first, else the one from npm. */
async function findBrowser(): Promise<LaunchOptions> {
  const installed = INSTALLED.map((name) => Bun.which(name)).find((path) => path !== null) ?? (existsSync(MAC) ? MAC : undefined);
  if (installed) return { executablePath: installed };
  if (process.platform !== "linux") throw new Error("neither Chrome nor Chromium is installed");
  const folder = join(CACHE, FETCHED.replaceAll("/", "-"));
  if (!existsSync(folder)) await fetchInto(folder);
  const env = { LD_LIBRARY_PATH: join(folder, "al2023/lib"), FONTCONFIG_PATH: join(folder, "fonts"), HOME: folder };
  return { executablePath: join(folder, "chromium"), env: { ...process.env, ...env } };
}

/** Unpacked elsewhere and moved when complete: several test files may ask at the same time. */
async function fetchInto(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, "chromium-"));
  try {
    await run(["npm", "install", "--prefix", making, "--no-save", "--no-audit", "--no-fund", FETCHED], {});
    // It unpacks into the folder for temporary files, and the libraries that it needs only where it believes to be on that platform.
    const unpack = `await (await import("@sparticuz/chromium")).default.executablePath()`;
    await run([process.execPath, "-e", unpack], { TMPDIR: making, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" }, making);
    await rename(making, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function run(command: string[], env: Record<string, string>, cwd = CACHE): Promise<void> {
  const child = Bun.spawn(command, { cwd, env: { ...process.env, ...env }, stdout: "ignore", stderr: "pipe" });
  const [errors, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`no Chromium is installed, and ${command[0]} could not fetch one: ${errors.trim().split("\n").at(-1)}`);
}
