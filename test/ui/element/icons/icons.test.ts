import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { iconName } from "../../../../src/protocol/icons.ts";
import { icons as lucideC } from "../../../../src/ui/element/icons/lucide-c.ts";
import { icons as lucideS } from "../../../../src/ui/element/icons/lucide-s-z.ts";
import { icons as published } from "../../../../src/ui/element/icons/published.ts";
import { describeInBrowser } from "../../../support/browser.ts";
import { openUiPage, type UiPage } from "../../../support/ui-page.ts";

/** What `d` of a path may hold: commands and numbers, and nothing that could be markup. */
const PATH = /^M[\d .,MmLlHhVvCcSsQqTtAaZz-]+$/;

describe("icons", () => {
  test("every published name has a picture", () => {
    const names = iconName.options[0].options.filter((name) => !(name in published));
    expect(names).toEqual([]);
  });

  test("every picture is one path", () => {
    const wrong = Object.entries({ ...published, ...lucideC, ...lucideS }).filter(([, path]) => !PATH.test(path) || path.includes("NaN"));
    expect(wrong).toEqual([]);
  });

  test("a picture is found by the older name that Lucide had for it, too", () => {
    expect(lucideS["stop-circle"]).toBe(lucideC["circle-stop"]!);
  });

  test("circles, ellipses and rectangles are drawn as paths", () => {
    expect(lucideC["circle"]).toBe("M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0");
    expect(lucideS["square"]).toBe("M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-14a2 2 0 0 1 2 -2");
  });
});

describeInBrowser("icons in a page", (open) => {
  let browser: Browser;
  let ui: UiPage;
  beforeAll(async () => {
    browser = await open();
    ui = await openUiPage(browser, new URL("../../pages/icons.ts", import.meta.url).pathname);
  }, 180_000);
  afterAll(async () => {
    await ui?.close();
    await browser?.close();
  }, 60_000);

  const show = async (name: string) => {
    await ui.page.evaluate((name) => (window as unknown as { show(name: string): void }).show(name), name);
    return ui.page.locator("svg path[d]");
  };

  test("a picture is fetched when it is first used, and only once", async () => {
    const before = ui.asked.length;
    await (await show("lucide:cat")).waitFor({ state: "attached" });
    expect(ui.asked.length - before).toBe(1);
    await (await show("lucide:car")).waitFor({ state: "attached" });
    await (await show("lucide:cat")).waitFor({ state: "attached" });
    expect(ui.asked.length - before).toBe(1);
    expect(ui.troubles).toEqual([]);
  }, 60_000);

  test("a name that there is no picture for keeps an empty place, whatever it says", async () => {
    for (const name of ["lucide:no-such", "vendor:bird", "constructor", "lucide:__proto__", "lucide:<img src=x onerror=alert(1)>", ""]) {
      await show(name);
      expect(await ui.page.locator("svg").count()).toBe(1);
      expect(await ui.page.locator("svg path[d]").count()).toBe(0);
    }
    expect(ui.troubles).toEqual([]);
  }, 60_000);
});
