import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { ReactPage } from "./pages/react.ts";
import { describeInBrowser } from "../support/browser.ts";
import { openReactPage, startChatSite, type ChatSite, type OpenPage } from "../support/react-page.ts";
import { until } from "../support/until.ts";
import { pressed } from "./button.ts";

const inPage = (page: Page, work: (test: ReactPage) => unknown) => page.evaluate(`(${work})(window.test)`);

describeInBrowser("the element, driven by the official React package", (open) => {
  let browser: Browser;
  let site: ChatSite;
  let shop: OpenPage;
  let page: Page;
  beforeAll(async () => {
    [browser, site] = await Promise.all([open(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]), startChatSite()]);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  const visit = async (options: object = {}) => {
    shop = await openReactPage(browser, site, options);
    ({ page } = shop);
  };
  const say = async (text: string) => {
    await page.getByRole("textbox").fill(text);
    await page.keyboard.press("Enter");
  };
  const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const names = async () => (await shop.log()).map(([name]) => name);
  const logged = (name: string, detail?: unknown) => until(async () => (await shop.log()).find(([one, what]) => one === name && (detail === undefined || Bun.deepEquals(what, detail))));
  const leave = async () => {
    expect(shop.foreign).toEqual([]);
    expect(shop.troubles).toEqual([]);
    await shop.close();
  };

  test("a message is answered, and the page hears of each step", async () => {
    await visit();
    await say("hello there");
    await see("You said: hello there");
    await logged("response.end");
    expect((await names()).slice(0, 2)).toEqual(["ready", "response.start"]);
    expect(await logged("effect", { name: "seen", data: { asked: "hello there" } })).toBeDefined();
    await see("About hello there");
    const [, threadId] = (await logged("thread.change"))!;
    await leave();

    await visit({ initialThread: threadId });
    await see("You said: hello there");
    expect(await names()).toEqual(["ready", "thread.change", "thread.load.start", "thread.load.end"]);
    await leave();
  });

  test("what was typed and not sent is there after a reload", async () => {
    await visit();
    await page.getByRole("textbox").fill("not yet");
    await page.reload();
    await until(async () => ((await page.getByRole("textbox").inputValue()) === "not yet" ? true : undefined));
    await leave();
  });

  test("a message that the server has not got yet is a draft again after a reload", async () => {
    await visit();
    await page.route("**/chatkit", (route) => route.abort());
    await say("on its way");
    await see("on its way");
    await page.unroute("**/chatkit");
    await page.reload();
    await until(async () => ((await page.getByRole("textbox").inputValue()) === "on its way" ? true : undefined));
    await page.getByRole("textbox").press("Enter");
    await see("You said: on its way");
    await page.reload();
    await page.getByRole("textbox").waitFor();
    expect(await page.getByRole("textbox").inputValue()).toBe("");
    await leave();
  });

  test("what is sent while a thread is being opened goes into that thread", async () => {
    await visit();
    await say("the first");
    await see("You said: the first");
    const [, threadId] = (await logged("thread.change"))! as [string, string];
    await inPage(page, (test) => test.chat.setThreadId(null));
    const loads = Promise.withResolvers<void>();
    await page.route("**/chatkit", async (route) => {
      if (route.request().postData()?.includes("get_by_id")) await loads.promise;
      await route.continue();
    });
    const sent = page.evaluate((id) => {
      const { chat } = (window as unknown as { test: ReactPage }).test;
      return Promise.all([chat.setThreadId(id), chat.sendUserMessage({ text: "the second" })]);
    }, threadId);
    await page.getByRole("textbox").fill("the third");
    await page.getByRole("button", { name: "Send", disabled: true }).waitFor();
    loads.resolve();
    await sent;
    await see("You said: the second");
    await see("You said: the first");
    expect((await shop.log()).filter(([name]) => name === "thread.change").map(([, id]) => id)).toEqual([threadId, null, threadId]);
    await leave();
  });

  test("a client tool is called once, and the answer goes on with what the page said", async () => {
    await visit();
    await say("use the tool");
    await see("The page has answered.");
    expect((await shop.log()).filter(([name]) => name === "tool")).toEqual([["tool", { name: "read_page", params: { part: "title" } }]]);
    await leave();
  });

  test("while the page's tool runs the answer goes on: also in another thread, and another tab does not call it", async () => {
    await visit({ toolMs: 1500 });
    await say("use the tool");
    await logged("tool", { name: "read_page", params: { part: "title" } });
    await page.getByRole("button", { name: "Stop" }).waitFor();
    const [, initialThread] = (await logged("thread.change"))! as [string, string];
    const other = await openReactPage(browser, site, { initialThread }, shop.context);
    await inPage(page, (test) => test.chat.setThreadId(null));
    await see("What can I help with today?");
    await page.evaluate((id) => (window as unknown as { test: ReactPage }).test.chat.setThreadId(id), initialThread);
    await see("The page has answered.");
    for (const [log, calls] of [[await shop.log(), 1], [await other.log(), 0]] as const) expect(log.filter(([name]) => name === "tool")).toHaveLength(calls);
    await other.close();
    await leave();
  });

  test("a thread that was left before the server had named it goes on, and is found as far as it is", async () => {
    await visit();
    await page.route("**/chatkit", async (route) => {
      if (route.request().postData()?.includes("threads.create")) await inPage(page, (test) => test.chat.setThreadId(null));
      await route.continue();
    });
    await say("slowly, please");
    const entry = page.getByRole("button", { name: /^About slowly, please/ }).first();
    // The list is that of the moment in which it was opened: the thread may not be stored yet.
    await until(async () => {
      await inPage(page, (test) => test.chat.hideHistory());
      await inPage(page, (test) => test.chat.showHistory());
      return entry.waitFor({ timeout: 2000 }).then(() => true, () => undefined);
    });
    await entry.click();
    await see(/word\d+ /);
    await page.getByRole("button", { name: "Stop" }).click();
    await leave();
  });

  test("an answer is stopped, and what there is of it stays", async () => {
    await visit();
    await say("write slowly");
    await see(/word3/);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await logged("response.end");
    await until(async () => {
      await inPage(page, (test) => test.chat.fetchUpdates());
      return (await page.getByText(/word3/).count()) === 1 ? true : undefined;
    });
    await leave();
  });

  test("a failed answer is told and made again; an answer is rated, copied and made anew", async () => {
    await visit();
    await say("fail please");
    await page.getByRole("alert").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await see("Once more: fail please");
    await page.getByRole("button", { name: "Good answer" }).click();
    await page.locator("[aria-label='Good answer'][aria-pressed=true]").waitFor();
    await pressed(page.getByRole("button", { name: "Copy" }), "Copied");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("Once more: fail please");
    await page.getByRole("button", { name: "Answer again" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
    expect(await page.locator(".assistant").getByText("Once more: fail please").count()).toBe(1);
    await leave();
  });

  test("questions are answered in a form, which then shows the answers", async () => {
    await visit();
    await say("ask me questions");
    await page.getByRole("radio", { name: "Boat" }).check();
    await page.getByLabel("Why?").fill("I like water");
    await page.getByRole("button", { name: "Answer", exact: true }).click();
    await see("Thank you for the answers.");
    await see("Boat");
    await see("I like water");
    await leave();
  });

  test("a widget's form goes to the server, and an action that is the page's to the page", async () => {
    await visit();
    await say("show a card");
    await page.getByPlaceholder("City").fill("Oslo");
    await page.getByRole("button", { name: "Look up" }).click();
    await see(/Action weather.look .*Oslo.* of a widget\./);
    await page.getByRole("button", { name: "On the page" }).click();
    const [, [action, root]] = (await logged("widget action")) as [string, [object, string]];
    expect([action, root]).toEqual([expect.objectContaining({ type: "local", payload: { n: 1 } }), "Card"]);
    await leave();
  });

  test("threads are found, renamed, deleted and opened in the list", async () => {
    await visit();
    await say("needle in a haystack");
    await see("You said: needle in a haystack");
    await page.getByRole("button", { name: "New chat" }).click();
    await say("second talk");
    await see("You said: second talk");
    await page.getByRole("button", { name: "Chat history" }).click();
    await logged("history.open");
    await page.getByRole("searchbox").fill("needle");
    await page.getByRole("button", { name: "Rename: About needle in a haystack" }).click();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("A golden needle");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "A golden needle", exact: true }).click();
    await see("You said: needle in a haystack");
    await logged("history.close");
    await page.getByRole("button", { name: "Chat history" }).click();
    await page.getByRole("searchbox").fill("golden");
    await page.getByRole("button", { name: "Delete: A golden needle" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await see("Nothing found");
    await page.keyboard.press("Escape");
    await see("What can I help with today?");
    await leave();
  });

  test.each(["two_phase", "direct"])("a file is uploaded in the way that is called %s, and sent", async (type) => {
    const uploadStrategy = { type, uploadUrl: `${site.url}/chatkit/attachments` };
    const attachments = { enabled: true, accept: { "text/plain": [".txt"] } };
    await visit({ api: { url: `${site.url}/chatkit`, domainKey: "any", uploadStrategy }, composer: { attachments } });
    const choose = (name: string, mimeType: string) => page.locator("input[type=file]").setInputFiles({ name, mimeType, buffer: Buffer.from("A few words.") });
    await choose("run.exe", "application/x-msdownload");
    await see("run.exe is of a kind that is not accepted.");
    await choose("note.txt", "text/plain");
    await page.getByRole("textbox").fill("read this");
    await page.locator(".send:not(:disabled)").click();
    await see("I have: note.txt");
    await leave();
  });

  test("speech becomes text", async () => {
    await visit({ composer: { dictation: { enabled: true } } });
    await page.getByRole("button", { name: "Dictate" }).click();
    await page.getByRole("button", { name: "Stop dictating" }).waitFor();
    await page.evaluate(soundHeard);
    await page.getByRole("button", { name: "Stop dictating" }).click();
    await until(async () => ((await page.getByRole("textbox").inputValue()) === "spoken words" ? true : undefined));
    await leave();
  });

  test("the microphone stays off when the person has left before it was allowed", async () => {
    await visit({ composer: { dictation: { enabled: true } } });
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const ask = mediaDevices.getUserMedia.bind(mediaDevices);
      const given = Promise.withResolvers<MediaStream>();
      mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((resolve) => addEventListener("allow", resolve, { once: true }));
        given.resolve(await ask(wanted));
        return given.promise;
      };
      Object.assign(window, { given: given.promise });
    });
    await page.getByRole("button", { name: "Dictate" }).click();
    await page.evaluate(() => (document.querySelector("openai-chatkit")!.remove(), new Promise((resolve) => setTimeout(resolve, 0))));
    await page.evaluate(() => dispatchEvent(new Event("allow")));
    await page.waitForFunction(async () => (await (window as unknown as { given: Promise<MediaStream> }).given).getTracks().every(({ readyState }) => readyState === "ended"));
    await leave();
  });

  test("without a network the person is told, and the message goes through when it is back", async () => {
    await visit();
    await shop.context.setOffline(true);
    await say("are you there");
    await see("You are offline.");
    await shop.context.setOffline(false);
    await see("You said: are you there");
    await leave();
  });

  test("the page's methods do what they say", async () => {
    await visit({ composer: { tools: [{ id: "search", label: "Search", icon: "search" }], models: [{ id: "m", label: "Model M" }] } });
    await inPage(page, (test) => test.chat.setComposerValue({ content: [{ type: "input_text", text: "ask " }, { type: "input_tag", id: "e", text: "Ada" }], selectedToolId: "search", selectedModelId: "m" }));
    await logged("tool.change", "search");
    expect(await page.getByRole("textbox").inputValue()).toBe("ask @Ada");
    await inPage(page, (test) => test.chat.focusComposer());
    await page.keyboard.press("Enter");
    await see("You said: ask @Ada");
    await inPage(page, (test) => test.chat.sendUserMessage({ text: "from the page", newThread: true }));
    await see("You said: from the page");
    await inPage(page, (test) => test.chat.sendCustomAction({ type: "go", payload: { n: 1 } }));
    await see('Action go {"n":1} of the page.');
    await inPage(page, (test) => test.chat.setThreadId(null));
    await see("What can I help with today?");
    await inPage(page, (test) => test.chat.showHistory());
    await page.getByRole("searchbox").waitFor();
    await inPage(page, (test) => test.chat.hideHistory());
    await page.getByRole("searchbox").waitFor({ state: "detached" });
    await leave();
  });

  test("what one tab has said is seen in another one that asks for it", async () => {
    await visit();
    await say("from tab one");
    await see("You said: from tab one");
    const [, initialThread] = (await logged("thread.change"))!;
    const other = await openReactPage(browser, site, { initialThread }, shop.context);
    await other.page.getByText("You said: from tab one").waitFor();
    await say("and one more");
    await see("You said: and one more");
    await inPage(other.page, (test) => test.chat.fetchUpdates());
    await other.page.getByText("You said: and one more").waitFor();
    await other.close();
    await leave();
  });

  test("the README's page is a chat, also with a token, and so is its frame", async () => {
    const window = await browser.newContext();
    page = await window.newPage();
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.headers()["authorization"] === "Bearer a-token");
    await page.goto(`${site.origin}/readme`);
    await page.locator("openai-chatkit").getByRole("textbox").fill("hello");
    await page.keyboard.press("Enter");
    await sent;
    await see("You said: hello");
    await page.frameLocator("iframe").getByRole("textbox").waitFor();
    await window.close();
  });

  test("new options take the place of all before them", async () => {
    await visit({ startScreen: { greeting: "Welcome" }, theme: "dark" });
    await see("Welcome");
    expect(await page.locator("openai-chatkit").getAttribute("data-scheme")).toBe("dark");
    await inPage(page, (test) => test.setOptions({ startScreen: {}, theme: "light", locale: "de" }));
    await see("Womit kann ich heute helfen?");
    for (const locale of ["fr", "de_DE"] as const) await page.evaluate((locale) => (window as unknown as { test: ReactPage }).test.setOptions({ locale: locale as "de" }), locale);
    await see("Womit kann ich heute helfen?");
    expect(await page.locator("openai-chatkit").getAttribute("data-scheme")).toBe("light");
    await inPage(page, (test) => test.chat.showHistory());
    await page.getByRole("searchbox").waitFor();
    await inPage(page, (test) => test.setOptions({ history: { enabled: false } }));
    await page.getByRole("searchbox").waitFor({ state: "detached" });
    await inPage(page, (test) => test.chat.showHistory());
    await say("still here");
    await see("You said: still here");
    await leave();
  });
});

/** The microphone gives sound from now on, enough to be sent: how long that takes is the machine's affair. */
async function soundHeard(): Promise<void> {
  const recorder = new MediaRecorder(await navigator.mediaDevices.getUserMedia({ audio: true }), { audioBitsPerSecond: 32_000 });
  let bytes = 0;
  await new Promise<void>((resolve) => {
    recorder.ondataavailable = ({ data }) => (bytes += data.size) > 1000 && resolve();
    recorder.start(50);
  });
  recorder.stop();
}
