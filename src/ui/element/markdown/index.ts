/**
 * Markdown as it is shown, also while it is being written. What reads it, and what colours code, draws formulas and sanitises markup, is
 * fetched from where this code came from when it is first needed. Here text never becomes markup unread, nothing in it runs, and nothing
 * of it is fetched but images from hosts that the options name.
 */
import { html, type TemplateResult } from "lit";
import { markdownText } from "./markdown-text.ts";
import type { MarkdownOptions } from "./options.ts";

export { markdownStyles } from "./styles.ts";
export type { MarkdownOptions, MarkdownTexts } from "./options.ts";

/** The text in a `div.markdown`, for a root that has adopted `markdownStyles`. Rendered again in the same place, only what has changed is touched. */
export function renderMarkdown(text: string, options: MarkdownOptions = {}): TemplateResult {
  return html`<div class="markdown" dir="auto">${markdownText(text, options)}</div>`;
}
