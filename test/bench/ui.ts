import type { CDPSession, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { startBinary } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { openUiPage } from "../support/ui-page.ts";
import type { LongThread } from "../ui/pages/long-thread.ts";

/**
 * What the chat costs a browser: 200 deltas a second into a thread of 500 messages beside a bare list that appends the same text, the
 * first paint of `/` beside an empty page, and how large the first load is. Needs an installed Chromium: `bun test/bench/ui.ts`.
 */

const MESSAGES = 500;
const DELTAS = 1000;
const EVERY_MS = 5;
const ROUNDS = 3;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const executablePath = ["chromium", "google-chrome", "chromium-browser"].map((name) => Bun.which(name)).find((path) => path !== null);
if (!executablePath) throw new Error("no Chromium is installed");

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
await streaming();
await firstPaint();
await sizes();
await browser.close();

async function streaming(): Promise<void> {
  const ui = await openUiPage(browser, new URL("../ui/pages/long-thread.ts", import.meta.url).pathname);
  const session = await ui.page.context().newCDPSession(ui.page);
  await session.send("Performance.enable");
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await taskMs(session, () => ui.page.evaluate(([m, d, e]) => (window as unknown as LongThread).askBare(m!, d!, e!), [MESSAGES, DELTAS, EVERY_MS])));
    await ui.page.evaluate(([m, d, e]) => (window as unknown as LongThread).open(m!, d!, e!), [MESSAGES, DELTAS, EVERY_MS]);
    await goToStart(ui.page);
    ours.push(await taskMs(session, () => ui.page.evaluate(() => (window as unknown as LongThread).ask())));
  }
  console.log(`${DELTAS} deltas, ${1000 / EVERY_MS}/s, into ${MESSAGES} messages: main thread ${median(ours).toFixed(0)} ms, a bare list ${median(bare).toFixed(0)} ms, ratio ${(median(ours) / median(bare)).toFixed(2)}`);
  await ui.close();
}

/** Loads every message, as a reader does who has scrolled up, and goes back to the end. */
async function goToStart(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const box = document.querySelector("openai-chatkit")!.shadowRoot!.querySelector(".scroll")!;
    for (let step = 0; step < 30; step++) {
      box.scrollTop = 0;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    box.scrollTop = box.scrollHeight;
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
}

/** Milliseconds that the page's main thread was busy meanwhile. */
async function taskMs(session: CDPSession, work: () => Promise<unknown>): Promise<number> {
  const busy = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")!.value * 1000;
  const before = await busy();
  await work();
  return (await busy()) - before;
}

async function firstPaint(): Promise<void> {
  await using program = await startBinary(["--model", "demo", "--database-url", "memory:"]);
  const empty = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("<!doctype html><title>Empty</title><p>Hello.", { headers: { "content-type": "text/html" } }) });
  await paintMs(program.url);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 7; round++) {
    bare.push(await paintMs(empty.url.href));
    ours.push(await paintMs(program.url));
  }
  console.log(`first paint of /: ${median(ours).toFixed(0)} ms, of an empty page ${median(bare).toFixed(0)} ms, ratio ${(median(ours) / median(bare)).toFixed(2)}`);
  await empty.stop(true);
}

async function paintMs(url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  const ms = await page.evaluate(async () => {
    for (;;) {
      const paint = performance.getEntriesByName("first-contentful-paint")[0];
      if (paint) return paint.startTime;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  await context.close();
  return ms;
}

/** What a browser fetches that has nothing yet: of code and pages, as they go over the wire. */
async function sizes(): Promise<void> {
  await using program = await startBinary(["--model", "demo", "--database-url", "memory:"]);
  const started = await program.events("threads.create", { input: userInput("Hello") });
  const id = started.flatMap((event) => (event.type === "thread.created" ? [event.thread.id] : []))[0]!;
  console.log(`first load of /: ${await loaded(program.url, ".greeting")}; with a stored thread: ${await loaded(`${program.url}/#thread=${id}`, ".markdown .part")}`);
}

async function loaded(url: string, shown: string): Promise<string> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.locator(shown).first().waitFor();
  await page.waitForLoadState("networkidle");
  const bytes = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter(({ name }) => !name.endsWith("/chatkit"))
      .map((entry) => (entry as PerformanceResourceTiming).encodedBodySize),
  );
  await context.close();
  return `${(bytes.reduce((sum, one) => sum + one, 0) / 1024).toFixed(0)} KB gzip in ${bytes.length} files`;
}
