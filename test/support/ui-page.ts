import type { Browser, Page } from "playwright-core";
import { LIGHTER } from "../../.ci/browser-code.ts";

/** As strict as a page can be that runs a script of its own: no inline script, no eval, no style in markup, nothing from elsewhere. */
const CSP = "default-src 'none'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'";

const FONT = new URL("../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", import.meta.url);

/** Less than a test has, so that it says what it waited for. */
const PATIENCE_MS = 50_000;

export type UiPage = {
  page: Page;
  origin: string;
  /** Paths asked of the server, and whole addresses of everybody else; each was refused. */
  asked: string[];
  /** What the page's console called an error, what was thrown in it, and what the policy refused. */
  troubles: string[];
  close(): Promise<void>;
};

/** One module for the browser, bundled as in the executable and served on loopback under the strictest policy, in a page of its own. */
export async function openUiPage(browser: Browser, entry: string, { width = 800, height = 600 } = {}): Promise<UiPage> {
  const files = await bundle(entry);
  const asked: string[] = [];
  const troubles: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      if (pathname === "/font.woff2") return new Response(Bun.file(FONT));
      if (pathname !== "/") return new Response(files.get(pathname), { status: files.has(pathname) ? 200 : 404, headers: { "content-type": "text/javascript" } });
      const body = `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Test</title><body></body><script type="module" src="/entry.js"></script>`;
      return new Response(body, { headers: { "content-type": "text/html", "content-security-policy": CSP } });
    },
  });
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => /^(https?|wss?|ftp):/.test(request.url()) && !request.url().startsWith(server.url.origin) && asked.push(request.url()));
  await page.goto(server.url.href);
  const close = async () => {
    await context.close();
    await server.stop(true);
  };
  return { page, origin: server.url.origin, asked, troubles, close };
}

async function bundle(entry: string): Promise<Map<string, string>> {
  const options = { target: "browser", format: "esm", splitting: true, minify: true } as const;
  const built = await Bun.build({ entrypoints: [entry], ...options, naming: { entry: "entry.js" }, plugins: [LIGHTER], define: { "process.env.NODE_ENV": '"production"' } });
  return new Map(await Promise.all(built.outputs.map(async (output) => [`/${output.path.split("/").at(-1)}`, await output.text()] as const)));
}
