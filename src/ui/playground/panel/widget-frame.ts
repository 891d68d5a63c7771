import { LitElement, html, nothing } from "lit";
import type { WidgetRoot } from "../../../protocol/widgets.ts";
import { iconStyles } from "../../element/icons/index.ts";
import { markdownStyles } from "../../element/markdown/index.ts";
import { baseStyles } from "../../element/theme/base-styles.ts";
import { renderWidget, widgetStyles } from "../../element/widgets/index.ts";

/** A widget by itself, with the element's own styles. Its actions are shown and not sent. */
export class WidgetFrame extends LitElement {
  static override styles = [baseStyles, iconStyles, markdownStyles, ...widgetStyles];

  widget: WidgetRoot | undefined;
  onAction = (_action: object): void => {};

  protected override render() {
    if (!this.widget) return nothing;
    return html`${renderWidget(this.widget, { locale: navigator.language, onAction: async (action) => this.onAction(action) })}`;
  }
}

customElements.define("chatkit-widget-frame", WidgetFrame);
