import { html, nothing } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { component } from "./component.ts";
import { ENGLISH, type WidgetHost } from "./host.ts";
import type { Node } from "./values/index.ts";
import { WidgetState } from "./widget-state.ts";

/** One widget in its place, with its state. */
class Widget extends AsyncDirective {
  readonly #state = new WidgetState(() => this.#showAgain());
  #root: Node = { type: "Basic" };
  #host: WidgetHost | undefined;

  override render(root: Node, host: WidgetHost): unknown {
    if (root !== this.#root) this.#state.read(root);
    this.#root = root;
    this.#host = host;
    return this.#shown();
  }

  #shown(): unknown {
    const host = this.#host!;
    const state = this.#state;
    const texts = { ...ENGLISH, ...host.texts };
    const locale = isLocale(host.locale) ? host.locale : "en";
    const content = component(this.#root, { host, texts, locale, state, path: "root", depth: 0, axis: "col", show: component });
    return html`<div class="widget" ?inert=${state.isWholeWaiting} aria-busy=${state.isWholeWaiting ? "true" : nothing}>${content}</div>`;
  }

  #showAgain(): void {
    if (this.isConnected && this.#host) this.setValue(this.#shown());
  }

  override reconnected(): void {
    this.#showAgain();
  }
}

/** `Intl` throws for an invalid tag: no date or number could be shown. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

export const widget = directive(Widget);
