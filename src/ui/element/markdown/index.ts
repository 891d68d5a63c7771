/**
 * Markdown as HTML, also while it is still being written. The parser, the highlighter of code, the renderer of formulas and the sanitizer
 * are separate chunks, each loaded when it is first needed. Raw HTML in a text is never shown unsanitized, and no script in it runs. Only
 * images are fetched, and only from hosts that the options allow.
 */
import { html, type TemplateResult } from "lit";
import { markdownText } from "./markdown-text.ts";
import type { MarkdownOptions } from "./options.ts";

export { markdownStyles } from "./styles.ts";
export type { MarkdownOptions, MarkdownTexts } from "./options.ts";

/** The text in a `div.markdown`, for a root that has adopted `markdownStyles`. Rendered again in the same place, it updates only what changed. */
export function renderMarkdown(text: string, options: MarkdownOptions = {}): TemplateResult {
  return html`<div class="markdown" dir="auto">${markdownText(text, options)}</div>`;
}
