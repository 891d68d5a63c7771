import { afterAll, beforeAll, expect, test } from "bun:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { emptyFolder, startBinary, type Program } from "../support/binary.ts";
import { describeInBrowser } from "../support/browser.ts";

describeInBrowser("the chat page of the executable", (open) => {
  let browser: Browser;
  let program: Program;
  let folder: Awaited<ReturnType<typeof emptyFolder>>;
  const asked: string[] = [];
  const troubles: string[] = [];
  beforeAll(async () => {
    folder = await emptyFolder();
    [browser, program] = await Promise.all([open(), startBinary(["--model", "demo"], { cwd: folder.path })]);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await program?.end("SIGKILL");
    await folder?.[Symbol.asyncDispose]();
    expect(asked.filter((url) => !url.startsWith(program.url) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  const visit = async (path: string): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
    await page.goto(program.url + path);
    await page.locator("openai-chatkit textarea").waitFor();
    return page;
  };
  const violations = async (page: Page) => {
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => (await (window as unknown as { axe: typeof axe }).axe.run(document, { rules: { "page-has-heading-one": { enabled: false } } })).violations);
    return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary}`));
  };

  test("shows a tool and a widget at a click, and the same thread at its address", async () => {
    const page = await visit("/");
    expect(await page.locator("chatkit-developer-panel").count()).toBe(0);
    await page.getByRole("button", { name: "What is the weather in Oslo?" }).click();
    await page.getByText(/°C in Oslo \(made up\)/).first().waitFor();
    await page.getByText("Sunny · made up").first().waitFor();
    expect(page.url()).toContain("#thread=thr_");
    await page.reload();
    await page.getByText(/°C in Oslo \(made up\)/).first().waitFor();
    await page.close();
  });

  test("shows the panel to who has the token, which is then nowhere in the address", async () => {
    const token = /\?token=(\w+)/.exec(program.output.stdout)![1]!;
    const page = await visit(`/?token=${token}`);
    expect(page.url()).not.toContain(token);
    await page.getByRole("button", { name: "What time is it?" }).click();
    await page.locator("chatkit-developer-panel summary", { hasText: "threads.create" }).click();
    await page.getByText("thread.item.done · assistant_message").waitFor();
    for (const [tab, text] of [["Thread", "assistant_message"], ["Runs", "Assistant"], ["Config", "database_url"], ["Log", "listening"], ["Options", "Script tag"]] as const) {
      await page.getByRole("tab", { name: tab }).click();
      await page.locator("chatkit-developer-panel").getByText(text).first().waitFor();
      expect(await violations(page)).toEqual([]);
    }
    await page.getByRole("tab", { name: "Widget" }).click();
    const template = '{"type":"Card","children":[{"type":"Title","value":"A card of my own"}]}';
    const buffer = Buffer.from(JSON.stringify({ version: "1.0", name: "Mine", template }));
    await page.getByLabel("Widget file").setInputFiles({ name: "mine.widget", mimeType: "application/json", buffer });
    await page.locator("chatkit-widget-frame").getByText("A card of my own").waitFor();
    await page.getByRole("tab", { name: "Options" }).click();
    await page.getByLabel("scheme").selectOption("dark");
    await page.locator("openai-chatkit[data-scheme=dark]").waitFor();
    await page.close();
  });

  test("is there for frames, with what the address says", async () => {
    const page = await visit("/embed?theme=dark&locale=fr&greeting=Bonjour&history=off");
    await page.getByText("Bonjour").waitFor();
    expect(await page.locator("openai-chatkit").getAttribute("data-scheme")).toBe("dark");
    expect(await page.locator("header button").count()).toBe(0);
    await page.close();
  });
});
