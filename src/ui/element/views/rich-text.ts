import { html, type TemplateResult } from "lit";
import { renderMarkdown, type MarkdownTexts } from "../markdown/index.ts";
import type { ViewContext } from "./context.ts";

type RichTextOptions = { context: ViewContext; isStreaming?: boolean; imageDomains?: readonly string[] | undefined };

/** One object per context: by its identity Markdown knows that the texts have not changed. */
const textsOf = new WeakMap<ViewContext, MarkdownTexts>();

/** Markdown as HTML, also while it is being written. */
export function richText(text: string, { context, isStreaming = false, imageDomains }: RichTextOptions): TemplateResult {
  const options = { streaming: isStreaming, allowedImageDomains: imageDomains, texts: markdownTexts(context) };
  return html`<div @click=${(event: Event) => openedByPage(event, context)}>${renderMarkdown(text, options)}</div>`;
}

export function markdownTexts(context: ViewContext): MarkdownTexts {
  const known = textsOf.get(context);
  if (known) return known;
  const { say } = context;
  const texts = { copyCode: say("copy"), copied: say("copied"), imageNotLoaded: say("imageNotLoaded"), done: say("done"), notDone: say("notDone"), table: say("table") };
  textsOf.set(context, texts);
  return texts;
}

/** A click listener for anything that contains links: lets the page handle one itself. */
export function openedByPage(event: Event, context: ViewContext): void {
  const link = (event.target as Element).closest("a[href]");
  if (link && context.openLink(link.getAttribute("href")!)) event.preventDefault();
}
