import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { describeInBrowser } from "../../../support/browser.ts";
import { openUiPage, type UiPage } from "../../../support/ui-page.ts";
import { violations } from "../../accessibility.ts";
import type { widgetPage } from "../../pages/widgets.ts";
import { difference } from "../../picture.ts";
import { SAMPLES } from "./samples.ts";

declare const window: Window & { widgetPage: typeof widgetPage; alerted?: unknown };

/** Of one test; on a machine with much else to do the rules for accessibility alone take most of a minute. */
const LIMIT_MS = 180_000;
const WIDTH = 880;
const action = (type: string, more = {}) => ({ type, ...more });
const card = (...children: object[]) => ({ type: "Card", children });

describeInBrowser("widgets in a page", (open) => {
  let browser: Browser;
  let ui: UiPage;
  beforeAll(async () => {
    browser = await open();
    ui = await openUiPage(browser, join(import.meta.dir, "../../pages/widgets.ts"), { width: WIDTH, height: 800 });
    await ui.page.evaluate(() => window.widgetPage.ready);
  }, LIMIT_MS);
  afterAll(async () => {
    await ui?.close();
    await browser?.close();
  }, LIMIT_MS);
  beforeEach(async () => {
    await ui.page.evaluate(() => window.widgetPage.clear());
  }, LIMIT_MS);

  const show = (root: object, options: Parameters<typeof widgetPage.show>[1] = {}) =>
    ui.page.evaluate(([root, options]) => window.widgetPage.show(root, options), [root, options] as const);
  const hold = () => ui.page.evaluate(() => void (window.widgetPage.holds = true));
  const finish = () => ui.page.evaluate(() => window.widgetPage.finish());
  const sent = () => ui.page.evaluate(() => window.widgetPage.sent);
  const errors = () => ui.page.evaluate(() => window.widgetPage.errors);
  const focused = () => ui.page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("aria-label") ?? document.activeElement?.shadowRoot?.activeElement?.textContent?.trim());

  test("all types together are accessible, in both themes", async () => {
    const all = { type: "Basic", children: Object.values(SAMPLES) };
    await show(all);
    await show(all, { scheme: "dark" });
    await ui.page.locator(".plot path").first().waitFor();
    expect(await violations(ui.page)).toEqual([]);
    expect(ui.troubles).toEqual([]);
  }, LIMIT_MS);

  test("a form sends its fields with its action, waits as a whole, and gives the focus back", async () => {
    const fields = [
      { type: "Input", name: "todo.title", required: true, defaultValue: "a" },
      { type: "Textarea", name: "note", defaultValue: "b" },
      { type: "Checkbox", name: "urgent", label: "Urgent", defaultChecked: true },
      { type: "RadioGroup", name: "size", options: [{ value: "s", label: "S" }, { value: "m", label: "M" }], defaultValue: "m" },
      { type: "Select", name: "who", options: [{ value: "x", label: "X" }], defaultValue: "x" },
      { type: "DatePicker", name: "day", defaultValue: "2026-11-26T10:00:00Z" },
      { type: "Input", name: "off", defaultValue: "not sent", disabled: true },
      { type: "Text", value: "old", editable: { name: "text" } },
    ];
    await hold();
    await show(card({ type: "Form", onSubmitAction: action("save", { payload: { id: 7 } }), children: [...fields, { type: "Button", label: "Save", submit: true }] }));
    await ui.page.locator("textarea.editable").fill("new");
    await ui.page.getByRole("button", { name: "Save" }).click();
    await ui.page.locator(".widget[inert]").waitFor();
    const payload = { id: 7, todo: { title: "a" }, note: "b", urgent: true, size: "m", who: "x", day: "2026-11-26", text: "new" };
    expect(await sent()).toEqual([{ action: { type: "save", payload }, context: { handler: "server", streaming: true } }]);
    await finish();
    await ui.page.locator(".widget:not([inert])").waitFor();
    expect(await focused()).toBe("Save");
  }, LIMIT_MS);

  test("an invalid form is not sent, and the first wrong field has the focus", async () => {
    const fields = [{ type: "Input", name: "code", pattern: "\\d{4}", defaultValue: "12a", placeholder: "Code" }, { type: "Checkbox", name: "agree", label: "Agree", required: true }];
    await show({ ...card(...fields), asForm: true, confirm: { label: "OK", action: action("ok") }, cancel: { label: "Not now", action: action("no", { handler: "client" }) } });
    const confirm = ui.page.getByRole("button", { name: "OK" });
    await confirm.click();
    expect([await sent(), await focused()]).toEqual([[], "Code"]);
    await ui.page.getByPlaceholder("Code").fill("1234");
    await confirm.click();
    expect(await sent()).toEqual([]);
    await ui.page.getByLabel("Agree").check();
    await confirm.click();
    await ui.page.getByRole("button", { name: "Not now" }).click();
    expect((await sent()).map(({ action, context }) => [action, context.handler])).toEqual([
      [{ type: "ok", payload: { code: "1234", agree: true } }, "server"],
      [{ type: "no", payload: { code: "1234", agree: true } }, "client"],
    ]);
  }, LIMIT_MS);

  test("what waits is the button, the widget or nothing, as the action says", async () => {
    const button = (label: string, loadingBehavior?: string) => ({ type: "Button", label, onClickAction: action(label, { loadingBehavior, streaming: false }) });
    await hold();
    await show(card(button("auto"), button("none", "none"), button("all", "container")));
    for (const name of ["auto", "auto", "none"]) await ui.page.getByRole("button", { name }).click({ force: true });
    expect(await ui.page.locator(".button[aria-busy] .spinner").count()).toBe(1);
    expect((await sent()).length).toBe(2);
    await ui.page.getByRole("button", { name: "all" }).click();
    expect(await ui.page.locator(".widget[inert]").count()).toBe(1);
    await finish();
    await ui.page.locator(".widget:not([aria-busy]):not(:has([aria-busy]))").waitFor();
  }, LIMIT_MS);

  test("a field outside of a form sends its own value when it changes", async () => {
    const onChangeAction = action("changed", { payload: { id: 1 } });
    await show(
      card(
        { type: "Checkbox", name: "box", label: "Box", onChangeAction },
        { type: "Select", name: "choice", options: [{ value: "x", label: "X" }, { value: "y", label: "Y" }], clearable: true, defaultValue: "y", onChangeAction },
        { type: "RadioGroup", name: "radio", options: [{ value: "1", label: "One" }], onChangeAction },
      ),
    );
    await ui.page.getByLabel("Box").check();
    await ui.page.locator("select").selectOption("x");
    await ui.page.getByRole("button", { name: "Clear" }).click();
    await ui.page.getByLabel("One").check();
    expect((await sent()).map(({ action }) => action)).toEqual([{ box: true }, { choice: "x" }, { choice: "" }, { radio: "1" }].map((field) => ({ type: "changed", payload: { id: 1, ...field } })));
  }, LIMIT_MS);

  test("a day is chosen by the keyboard alone, within its limits", async () => {
    await show(card({ type: "DatePicker", name: "day", placeholder: "Departure", defaultValue: "2026-11-26", min: "2026-11-20", max: "2026-12-24T12:00:00Z", clearable: true, onChangeAction: action("day") }));
    const opener = ui.page.getByRole("button", { name: "Departure 26 Nov 2026" });
    await opener.focus();
    for (const key of ["Enter", "ArrowDown", "ArrowRight", "Enter"]) await ui.page.keyboard.press(key);
    expect((await sent()).map(({ action }) => action)).toEqual([{ type: "day", payload: { day: "2026-12-04" } }]);
    expect(await focused()).toBe("Departure 4 Dec 2026");
    for (const key of ["Enter", "PageDown", "Enter", "Escape"]) await ui.page.keyboard.press(key);
    await ui.page.locator(".opener:focus").waitFor();
    expect([(await sent()).length, await ui.page.locator(".calendar:popover-open").count()]).toEqual([1, 0]);
    await ui.page.keyboard.press("Enter");
    expect(await violations(ui.page)).toEqual([]);
    await ui.page.keyboard.press("Escape");
  }, LIMIT_MS);

  test("a list shows more when asked, its rows are buttons, and buttons in them stay their own", async () => {
    const item = (name: string) => ({ type: "ListViewItem", onClickAction: action(`row ${name}`), children: [{ type: "Text", value: name }, { type: "Button", label: `in ${name}`, onClickAction: action(`button ${name}`) }] });
    await show({ type: "ListView", limit: 1, children: [item("a"), item("b")] });
    await ui.page.getByRole("button", { name: "Show more" }).click();
    await ui.page.getByRole("listitem").nth(1).getByText("b", { exact: true }).click({ force: true });
    await ui.page.getByRole("button", { name: "in b" , exact: true }).click();
    expect((await sent()).map(({ action }) => (action as { type: string }).type)).toEqual(["row b", "button b"]);
  }, LIMIT_MS);

  test("what was typed stays while text streams into the widget beside it", async () => {
    const at = (value: string, streaming: boolean) => card({ type: "Markdown", id: "m", value, streaming }, { type: "Text", id: "t", value, streaming }, { type: "Input", name: "n" });
    await show(at("**On", true));
    await ui.page.locator("input").fill("typed");
    await show(at("**One** and", true));
    await show(at("**One** and two", false));
    await ui.page.locator("strong", { hasText: "One" }).waitFor();
    expect([await ui.page.locator("input").inputValue(), await ui.page.locator(".text").textContent()]).toEqual(["typed", "**One** and two"]);
  }, LIMIT_MS);

  test("a card may be of the other theme than what is around it, wherever it is", async () => {
    await show({ type: "Basic", children: [{ type: "Text", value: "around" }, { ...card({ type: "Text", value: "inside" }), theme: "dark" }] });
    const colours = await Promise.all(["around", "inside"].map((text) => ui.page.getByText(text).evaluate((element) => getComputedStyle(element).color)));
    expect(colours[0]).not.toBe(colours[1]);
    expect(await violations(ui.page)).toEqual([]);
  }, LIMIT_MS);

  test("a key that a payload has and a field would take is told to the developer", async () => {
    await show(card({ type: "Form", children: [{ type: "Input", name: "id" }, { type: "Button", label: "Go", onClickAction: action("go", { payload: { id: 1 } }) }] }));
    await ui.page.getByRole("button", { name: "Go" }).click();
    expect([(await sent())[0]!.action, await errors()]).toEqual([{ type: "go", payload: { id: 1 } }, ["the action go has a key and a field named id"]]);
  }, LIMIT_MS);

  test("hostile widgets run nothing, fetch nothing and leave the page alive (CWE-79, CWE-200, CWE-400)", async () => {
    const evil = "https://evil.example/x";
    const markup = `"><img src=${evil} onerror=window.alerted=1><script>window.alerted=1</script>`;
    const odd = { type: "Card", children: "no list", size: {}, padding: [], confirm: 5, status: [], background: { light: {}, dark: [] } };
    const types = Object.keys(SAMPLES);
    const everything = types.map((type) => ({ type, key: "same", value: markup, label: markup, name: markup, src: evil, alt: markup, text: markup, fieldName: markup, placeholder: markup, defaultValue: markup, pattern: "(a+)+$", background: `url(${evil})`, color: `red;background:url(${evil})`, width: `1px;}*{background:url(${evil})`, status: { text: markup, favicon: evil }, iconStart: markup, options: [{ value: markup, label: markup }, null, 3], data: [{ x: markup }], series: [{ type: "bar", dataKey: "x" }], xAxis: "x", children: [{ type: "Text", value: markup }] }));
    const junk = types.map((type) => ({ type, ...Object.fromEntries(["value", "label", "name", "options", "children", "data", "series", "size", "gap", "editable", "onClickAction", "min", "rows", "limit"].map((prop, index) => [prop, [null, {}, [], -1, Number.NaN, true, "__proto__"][index % 7]])) }));
    await show(card(...everything));
    await show(card(...junk));
    for (const root of [odd, { type: "Basic", children: [odd, { type: "__proto__" }, { type: "constructor" }, null, 5] }, { type: "NoSuch", children: [{ type: "Text", value: "inside" }] }]) await show(root);
    const counts = await ui.page.evaluate(() => {
      const deep = (make: (inside: object) => object, depth: number) => Array.from({ length: depth }).reduce<object>((inside) => make(inside), { type: "Text", value: "deepest" });
      const shapes = [deep((inside) => ({ type: "Box", padding: 1, children: [inside] }), 1000), deep((inside) => ({ type: "Transition", children: inside }), 100_000), deep((inside) => ({ type: "Card", children: [inside, { type: "Text", value: "x" }] }), 500)];
      return shapes.map((shape) => {
        window.widgetPage.show({ type: "Card", children: [shape] });
        return window.widgetPage.html().split("deepest").length - 1;
      });
    });
    expect(counts).toEqual([1, 1, 1]);
    await ui.page.evaluate(() => window.widgetPage.show({ type: "Card", children: [{ type: "Text", value: "x".repeat(5e6) }, { type: "Markdown", value: "[".repeat(5e6) }, { type: "Title", value: "y ".repeat(1e6), truncate: true }] }));
    await show(card(SAMPLES["DatePicker"]!, SAMPLES["Chart"]!), { locale: "no_such locale" });
    await show(card({ type: "Text", value: "still alive" }));
    await ui.page.getByText("still alive").waitFor();
    expect(await ui.page.evaluate(() => window.alerted)).toBeUndefined();
    expect([ui.asked.filter((one) => one.includes("evil")), ui.troubles]).toEqual([[], []]);
  }, LIMIT_MS);

  test.each(Object.keys(SAMPLES))("%s looks as it did, in both themes", async (type) => {
    await ui.page.evaluate(() => window.widgetPage.sideBySide());
    for (const scheme of ["light", "dark"] as const) await show(SAMPLES[type]!, { scheme });
    await ui.page.locator(".widget").nth(1).waitFor();
    await ui.page.waitForFunction(() => [...document.querySelectorAll("main > div")].every(({ shadowRoot }) => [...shadowRoot!.querySelectorAll(".icon path")].every((path) => path.hasAttribute("d"))));
    if (type === "Chart") await ui.page.locator(".plot .curve").nth(1).waitFor();
    if (type === "Markdown") await ui.page.locator(".markdown strong").nth(1).waitFor();
    const height = Math.ceil((await ui.page.locator("main").boundingBox())!.height);
    const picture = await ui.page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height }, type: "jpeg", quality: 60 });
    expect(await difference(browser, picture, join(import.meta.dir, "pictures", `${type.toLowerCase()}.jpeg`))).toBeLessThan(0.005);
  }, LIMIT_MS);
});
