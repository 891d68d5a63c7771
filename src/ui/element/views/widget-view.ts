import { html, type TemplateResult } from "lit";
import type { WidgetItem } from "../../../protocol/items.ts";
import type { ViewContext } from "./context.ts";

export function widgetView(item: WidgetItem, context: ViewContext): TemplateResult {
  return html`<div class="plain">${item.copy_text ?? context.say("widgetFailed")}</div>`;
}
