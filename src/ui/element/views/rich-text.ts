import { html, type TemplateResult } from "lit";
import { renderMarkdown, type MarkdownTexts } from "../markdown/index.ts";
import type { Say } from "../locale/texts.ts";
import type { ViewContext } from "./context.ts";

type RichTextOptions = { context: ViewContext; isStreaming?: boolean; imageDomains?: readonly string[] | undefined };

/** The same object for the same context, by which Markdown knows that nothing has changed. */
const textsOf = new WeakMap<ViewContext, MarkdownTexts>();

/** Markdown as it is shown, also while it is being written. */
export function richText(text: string, { context, isStreaming = false, imageDomains }: RichTextOptions): TemplateResult {
  const { say } = context;
  if (!textsOf.has(context)) textsOf.set(context, textsIn(say));
  const options = { streaming: isStreaming, allowedImageDomains: imageDomains, texts: textsOf.get(context) };
  return html`<div @click=${(event: Event) => openedByPage(event, context)}>${renderMarkdown(text, options)}</div>`;
}

function textsIn(say: Say): MarkdownTexts {
  return { copyCode: say("copy"), copied: say("copied"), imageNotLoaded: say("imageNotLoaded"), done: say("done"), notDone: say("notDone"), table: say("table") };
}

function openedByPage(event: Event, context: ViewContext): void {
  const link = (event.target as Element).closest("a[href]");
  if (link && context.openLink(link.getAttribute("href")!)) event.preventDefault();
}
