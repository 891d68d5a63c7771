import { afterAll, beforeAll, expect, test } from "bun:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { describeInBrowser } from "../support/browser.ts";
import { openReactPage, startChatSite, type ChatSite } from "../support/react-page.ts";

const TOOLS = [{ id: "search", label: "Search", icon: "search", pinned: true }, { id: "draw", label: "Draw", icon: "images" }];
const OPTIONS = {
  startScreen: { prompts: [{ label: "A first question", prompt: "hi", icon: "bolt" }] },
  composer: { attachments: { enabled: true }, tools: TOOLS, models: [{ id: "m", label: "Model M" }], dictation: { enabled: true } },
  header: { leftAction: { icon: "menu" } },
  disclaimer: { text: "Check what matters." },
};

describeInBrowser("for everybody", (open) => {
  let browser: Browser;
  let site: ChatSite;
  beforeAll(async () => {
    [browser, site] = await Promise.all([open(), startChatSite()]);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  test.each([
    ["light", "en"],
    ["dark", "ar"],
  ])("no screen has anything that axe finds wrong, in %s and %s", async (theme, locale) => {
    const { page, close } = await openReactPage(browser, site, { ...OPTIONS, theme, locale });
    const say = async (text: string) => {
      await page.getByRole("textbox").first().fill(text);
      await page.keyboard.press("Enter");
      await page.locator(".send[type=submit]").waitFor();
    };
    expect(await violations(page)).toEqual([]);
    await page.locator("[aria-haspopup=listbox]").first().click();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await say("everything");
    await page.getByText("Trains are").waitFor();
    expect(await violations(page)).toEqual([]);
    await say("ask me questions");
    await page.getByRole("radio").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.locator("header button").last().click();
    await page.locator(".row-title").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await close();
  });

  test("all of it can be done with the keyboard alone", async () => {
    const { page, close } = await openReactPage(browser, site, OPTIONS);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.ariaLabel ?? document.activeElement?.shadowRoot?.activeElement?.textContent?.trim());
    const tabTo = async (label: string) => {
      for (let tabs = 0; tabs < 30 && (await focused()) !== label; tabs++) await press("Tab");
      expect(await focused()).toBe(label);
    };
    await tabTo("Tools");
    await press("Enter", "ArrowDown", "Enter");
    await page.locator(".tool[aria-pressed=true]", { hasText: "Draw" }).waitFor();
    await page.keyboard.type("hello");
    await press("Enter");
    await page.getByText("You said: hello").first().waitFor();
    await tabTo("Chat history");
    await press("Enter");
    await page.locator(".row-title").first().waitFor();
    await press("ArrowDown", "Enter");
    await page.getByText("You said: hello").first().waitFor();
    await close();
  });
});

/** Of the whole page, what is inside of the element included. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => (await (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] })).violations);
  return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary}`));
}
