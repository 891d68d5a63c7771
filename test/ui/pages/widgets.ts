import { render } from "lit";
import type { WidgetRoot } from "../../../src/protocol/widgets.ts";
import { iconStyles } from "../../../src/ui/element/icons/index.ts";
import { markdownStyles } from "../../../src/ui/element/markdown/index.ts";
import { renderWidget, widgetStyles, type ActionContext, type WidgetHost } from "../../../src/ui/element/widgets/index.ts";
import { loadTestFont, newRoot, type Scheme } from "./root.ts";

type Sent = { action: unknown; context: ActionContext };

const styles = [iconStyles, markdownStyles, widgetStyles];
const roots: Record<Scheme, ShadowRoot> = { light: newRoot("light", ...styles), dark: newRoot("dark", ...styles) };
const waiting: (() => void)[] = [];

/** What the tests call. */
export const widgetPage = {
  ready: loadTestFont(),
  sent: [] as Sent[],
  errors: [] as string[],
  /** Actions are handled at once, unless the test is to say when. */
  holds: false,
  show(root: unknown, options: Partial<WidgetHost> & { scheme?: Scheme } = {}): void {
    const { scheme = "light", ...more } = options;
    const host: WidgetHost = {
      locale: "en-GB",
      onAction: async (action, context) => {
        widgetPage.sent.push({ action, context });
        if (widgetPage.holds) await new Promise<void>((done) => waiting.push(done));
      },
      onError: (error) => widgetPage.errors.push(error.message),
      ...more,
    };
    render(renderWidget(root as WidgetRoot, host), roots[scheme]);
  },
  /** As a widget that has gone is forgotten, so is what was typed into it. */
  clear(): void {
    for (const root of Object.values(roots)) render(undefined, root);
    widgetPage.sent = [];
    widgetPage.errors = [];
    widgetPage.holds = false;
  },
  /** For pictures: nothing but the two roots, beside each other. */
  sideBySide(): void {
    const main = document.querySelector("main")!;
    main.style.cssText = "display: grid; grid-template-columns: 1fr 1fr; align-items: stretch";
    document.body.style.margin = "0";
    for (const heading of main.querySelectorAll<HTMLElement>("h1, h2, h3")) heading.style.display = "none";
  },
  finish(): void {
    for (const done of waiting.splice(0)) done();
  },
  html: (): string => roots.light.innerHTML.replace(/<!--.*?-->/gs, ""),
};

Object.assign(window, { widgetPage });
