import { afterAll, beforeAll, expect, test } from "bun:test";
import type { OpenAIChatKit } from "@openai/chatkit";
import type { Browser, Page } from "playwright-core";
import type { LongThread } from "./pages/long-thread.ts";
import { describeInBrowser } from "../support/browser.ts";
import { openUiPage, type UiPage } from "../support/ui-page.ts";
import { until } from "../support/until.ts";

describeInBrowser("a thread of 10,000 items", (open) => {
  let browser: Browser;
  let ui: UiPage;
  let page: Page;
  beforeAll(async () => {
    browser = await open(["--js-flags=--expose-gc"]);
    ui = await openUiPage(browser, new URL("pages/long-thread.ts", import.meta.url).pathname);
    ({ page } = ui);
  }, 120_000);
  afterAll(async () => {
    await ui?.close();
    await browser?.close();
  });

  const openThread = (count: number, deltas = 0) => page.evaluate(([count, deltas]) => (window as unknown as LongThread).open(count!, deltas), [count, deltas]);
  const shown = () => page.locator(".item").count();
  const toTop = () => page.locator(".scroll").evaluate((box) => (box.scrollTop = 0));
  const fromEnd = () => page.locator(".scroll").evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);

  test("has the height of a chat in a page that gives none, and the message that is being written is in it", async () => {
    await openThread(200);
    await page.locator("openai-chatkit").evaluate((chat) => (chat as HTMLElement).style.removeProperty("height"));
    const [chat, composer] = await Promise.all([page.locator("openai-chatkit").boundingBox(), page.locator(".composer").boundingBox()]);
    expect(chat!.height).toBe(640);
    expect(composer!.y + composer!.height).toBeLessThan(chat!.y + chat!.height);
  });

  test("begins at its end with a few of them, and more come as the reader goes up, who stays at what is read", async () => {
    await openThread(10_000);
    expect(await shown()).toBeLessThanOrEqual(60);
    expect(await fromEnd()).toBeLessThan(2);
    const oldest = page.locator(".item").first();
    const number = /Number \d+\./.exec(await oldest.innerText())![0];
    await toTop();
    await until(async () => ((await shown()) > 60 ? true : undefined));
    const box = await page.locator(".item", { hasText: number }).first().boundingBox();
    expect(Math.abs(box!.y)).toBeLessThan(200);
    for (let step = 0; step < 8; step++) {
      const before = await shown();
      await toTop();
      await until(async () => ((await shown()) > before ? true : undefined));
    }
    await page.getByRole("button", { name: "New messages" }).click();
    await until(async () => ((await fromEnd()) < 2 && (await shown()) <= 240 ? true : undefined));
  });

  test("an answer is followed at the end, and leaves the reader alone elsewhere, who is told of it", async () => {
    await openThread(300, Infinity);
    const ask = async (number: number) => {
      const answered = page.evaluate(() => (window as unknown as LongThread).ask());
      await page.locator(".assistant", { hasText: `Answer ${number}: word word` }).waitFor();
      const finish = () => page.evaluate(() => (window as unknown as LongThread).finish()).then(() => answered);
      return { finish };
    };
    await (await ask(1)).finish();
    await until(async () => ((await fromEnd()) < 2 ? true : undefined));
    const second = await ask(2);
    await page.locator(".scroll").evaluate((box) => (box.scrollTop -= 500));
    const top = await page.locator(".scroll").evaluate((box) => box.scrollTop);
    await page.getByRole("button", { name: "New messages" }).waitFor();
    await second.finish();
    expect(Math.abs((await page.locator(".scroll").evaluate((box) => box.scrollTop)) - top)).toBeLessThan(2);
  });

  test("200 threads, one after another, leave no memory behind", async () => {
    const heap = async () => {
      const session = await page.context().newCDPSession(page);
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      await session.detach();
      return usedSize / 1e6;
    };
    const cycle = (times: number) => page.evaluate(async (times) => {
      const chat = document.querySelector<OpenAIChatKit>("openai-chatkit")!;
      for (let round = 0; round < times; round++) {
        await chat.setThreadId(null);
        await chat.setThreadId("thr");
      }
    }, times);
    await openThread(100);
    await cycle(20);
    const before = await heap();
    await cycle(200);
    expect(await heap()).toBeLessThan(before + 8);
    expect(ui.troubles).toEqual([]);
  });
});
