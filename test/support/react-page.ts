import type { Browser, BrowserContext, Page } from "playwright-core";
import { emptyFolder, startBinary } from "./binary.ts";

export type ChatSite = Awaited<ReturnType<typeof startChatSite>>;

/** A React page of its own origin, and the executable with the agent of `fixtures/ui`, which its script and its answers come from. */
export async function startChatSite() {
  const script = await bundledPage();
  let url = "";
  const policy = () => `default-src 'none'; script-src 'self' ${url}; connect-src ${url}; img-src data: blob: ${url}; media-src blob:; style-src-attr 'unsafe-inline'`;
  const pages = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async ({ url: asked }) => {
      if (new URL(asked).pathname === "/readme") return new Response(await readmePage(url), { headers: { "content-type": "text/html" } });
      if (new URL(asked).pathname === "/page.js") return new Response(script, { headers: { "content-type": "text/javascript" } });
      const html = `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"><script src="${url}/chatkit.js" async></script><script type="module" src="/page.js"></script></head><body><main><h1>Shop</h1><div id="root"></div></main></body></html>`;
      return new Response(html, { headers: { "content-type": "text/html", "content-security-policy": policy() } });
    },
  });
  const folder = await emptyFolder();
  const agent = new URL("../fixtures/ui/agent.ts", import.meta.url).pathname;
  const program = await startBinary(["--agent", agent, "--cors-origins", pages.url.origin], { cwd: folder.path, env: { LOG_LEVEL: "error" } });
  url = program.url;
  const stop = async () => {
    await program.end("SIGKILL");
    await pages.stop(true);
    await folder[Symbol.asyncDispose]();
  };
  return { url, origin: pages.url.origin, program, stop };
}

/** The lines that the README has for a page, with a token, and a frame beside it. */
async function readmePage(server: string): Promise<string> {
  const readme = (await Bun.file(new URL("../../README.md", import.meta.url)).text()).replaceAll("https://chat.example.com", server);
  const [script, send, frame] = [/```html\n([^]*?)```/, /`api\.fetch: (.*?)`/, /`(<iframe .*?<\/iframe>)`/].map((part) => part.exec(readme)![1]!) as [string, string, string];
  const withToken = script.replace('domainKey: "any"', () => `domainKey: "any", fetch: ${send}`).replace('type="module">', () => 'type="module">const authorization = "Bearer a-token";');
  return `<!doctype html>${withToken}${frame}`;
}

async function bundledPage(): Promise<string> {
  const entry = new URL("../ui/pages/react.ts", import.meta.url).pathname;
  const built = await Bun.build({ entrypoints: [entry], target: "browser", minify: true, define: { "process.env.NODE_ENV": '"production"' } });
  return built.outputs[0]!.text();
}

export type OpenPage = { page: Page; context: BrowserContext; foreign: string[]; troubles: string[]; log: () => Promise<[string, unknown][]>; close: () => Promise<void> };

/** The React page in a browser window of its own. `options` are those of the element that are no functions. */
export async function openReactPage(browser: Browser, site: ChatSite, options: object = {}, context?: BrowserContext): Promise<OpenPage> {
  const window = context ?? (await browser.newContext({ viewport: { width: 900, height: 700 }, locale: "en-GB", permissions: ["microphone", "clipboard-read", "clipboard-write"] }));
  const page = await window.newPage();
  const foreign: string[] = [];
  const troubles: string[] = [];
  const isOurs = (address: string) => address.startsWith(site.url) || address.startsWith(site.origin) || /^(data|blob|about):/.test(address);
  page.on("request", (request) => !isOurs(request.url()) && foreign.push(request.url()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => /Content Security Policy|Lit/.test(message.text()) && troubles.push(message.text()));
  await page.goto(`${site.origin}/?options=${encodeURIComponent(JSON.stringify({ url: site.url, ...options }))}`);
  await page.locator("openai-chatkit textarea, openai-chatkit .closed").first().waitFor();
  const log = () => page.evaluate(() => (window as unknown as { test: { log: [string, unknown][] } }).test.log);
  return { page, context: window, foreign, troubles, log, close: () => (context ? page.close() : window.close()) };
}
