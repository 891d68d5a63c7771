import { html, type TemplateResult } from "lit";
import type { ViewContext } from "./context.ts";

type RichTextOptions = { context: ViewContext; isStreaming?: boolean; imageDomains?: readonly string[] | undefined };

/** Markdown as it is shown, also while it is being written. */
export function richText(text: string, _options: RichTextOptions): TemplateResult {
  return html`<div class="plain" dir="auto">${text}</div>`;
}
