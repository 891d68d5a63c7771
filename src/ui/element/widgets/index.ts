/**
 * Widgets: what a server sends as a tree of components, as it is shown and used. What a widget says never runs and never becomes markup
 * or a style sheet; nothing of it is fetched but images from hosts that the thread names, and no tree is too deep or too odd to be shown.
 */
import { html, type TemplateResult } from "lit";
import type { WidgetRoot } from "../../../protocol/widgets.ts";
import type { WidgetHost } from "./host.ts";
import type { Node } from "./values/index.ts";
import { widget } from "./widget.ts";

export type { ActionContext, WidgetHost, WidgetTexts } from "./host.ts";
export { widgetStyles } from "./styles/index.ts";

/** A widget for a root that has adopted `iconStyles`, `markdownStyles` and `widgetStyles`. Rendered again in the same place, it keeps what has been typed and opened. */
export function renderWidget(root: WidgetRoot, host: WidgetHost): TemplateResult {
  return html`${widget(root as unknown as Node, host)}`;
}
