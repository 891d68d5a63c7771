/**
 * Widgets: a tree of components that a server sends, as HTML. What a widget says is never run, nor used as markup or as a style sheet. Only
 * images are fetched, and only from hosts that the thread names. No tree is too deep or too odd to be shown.
 */
import { html, type TemplateResult } from "lit";
import type { WidgetRoot } from "../../../protocol/widgets.ts";
import type { WidgetHost } from "./host.ts";
import type { Node } from "./values/index.ts";
import { widget } from "./widget.ts";

export type { ActionContext, WidgetHost, WidgetTexts } from "./host.ts";
export { widgetStyles } from "./styles/index.ts";

/**
 * A widget for a root that has adopted `iconStyles`, `markdownStyles` and `widgetStyles`. Rendered again in the same place, it keeps what
 * the person has typed and opened.
 */
export function renderWidget(root: WidgetRoot, host: WidgetHost): TemplateResult {
  return html`${widget(root as unknown as Node, host)}`;
}
