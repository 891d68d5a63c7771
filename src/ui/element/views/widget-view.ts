import { html, nothing, type ChildPart } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import type { WidgetItem } from "../../../protocol/items.ts";
import type { WidgetHost, WidgetTexts } from "../widgets/host.ts";
import type { ViewContext } from "./context.ts";
import { markdownTexts, openedByPage } from "./rich-text.ts";

type Widgets = typeof import("../widgets/index.ts");

const WORDS = ["showMore", "clear", "chooseDate", "previousMonth", "nextMonth", "wrongFormat", "loading", "imageNotLoaded"] as const;
let widgets: Widgets | undefined;

/** A widget in the thread. The code and styles of widgets are loaded with the first one. */
class WidgetView extends AsyncDirective {
  #item: WidgetItem | undefined;
  #context: ViewContext | undefined;
  #imageDomains: readonly string[] | undefined;
  #root: Node | undefined;

  override render(_item: WidgetItem, _context: ViewContext, _imageDomains: readonly string[] | undefined): unknown {
    return nothing;
  }

  override update(part: ChildPart, [item, context, imageDomains]: Parameters<this["render"]>): unknown {
    [this.#item, this.#context, this.#imageDomains] = [item, context, imageDomains];
    this.#root = part.parentNode;
    if (widgets) return this.#shown(widgets);
    void this.#load(context);
    return html`<div class="plain" aria-busy="true">${item.copy_text ?? nothing}</div>`;
  }

  async #load({ say }: ViewContext): Promise<void> {
    widgets ??= await import("../widgets/index.ts").catch(() => undefined);
    if (this.isConnected) this.setValue(widgets ? this.#shown(widgets) : html`<div class="plain">${this.#item!.copy_text ?? say("widgetFailed")}</div>`);
  }

  #shown({ renderWidget, widgetStyles }: Widgets): unknown {
    adopt(this.#root!.getRootNode(), widgetStyles.map((style) => style.styleSheet!));
    const [item, context] = [this.#item!, this.#context!];
    const host: WidgetHost = {
      locale: context.locale.tag,
      allowedImageDomains: this.#imageDomains,
      texts: Object.fromEntries(WORDS.map((word) => [word, context.say(word)])) as WidgetTexts,
      markdownTexts: markdownTexts(context),
      onAction: (action, { handler, streaming }) => context.act(action, { item: this.#item ?? item, handler, streaming }),
      onError: context.failed,
    };
    return html`<div @click=${(event: Event) => openedByPage(event, context)}>${renderWidget(item.widget, host)}</div>`;
  }
}

export const widgetView = directive(WidgetView);

function adopt(root: Node, sheets: CSSStyleSheet[]): void {
  if (root instanceof ShadowRoot && !root.adoptedStyleSheets.includes(sheets[0]!)) root.adoptedStyleSheets.push(...sheets);
}
