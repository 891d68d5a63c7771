import type { Entity } from "@openai/chatkit";
import { html, nothing, type TemplateResult } from "lit";
import type { Annotation, Source } from "../../../protocol/sources.ts";
import { icon } from "../icons/index.ts";
import type { ViewContext } from "./context.ts";
import { symbol } from "./symbol.ts";

/** What an answer rests on, each source once. */
export function sourcesView(annotations: readonly Annotation[], context: ViewContext) {
  const sources = [...new Map(annotations.map(({ source }) => [keyOf(source), source])).values()];
  if (sources.length === 0) return nothing;
  return html`<div class="sources" role="group" aria-label=${context.say("sources")}>${sources.map((source) => sourceView(source, context))}</div>`;
}

function keyOf(source: Source): string {
  if (source.type === "url") return source.url;
  return source.type === "file" ? `file ${source.filename}` : `entity ${source.id}`;
}

/** @param source of an answer, or of a task that has searched */
export function sourceView(source: Source, context: ViewContext): TemplateResult {
  const about = [source.description, source.timestamp].filter(Boolean).join(" · ");
  if (source.type === "url") {
    const host = URL.parse(source.url)?.hostname.replace(/^www\./, "") ?? "";
    return linked(source.url, host !== "", context, html`${symbol("globe")}<span class="source-title" dir="auto">${source.title || host}</span>${host ? html`<span class="source-host">${source.attribution ?? host}</span>` : nothing}`, about);
  }
  if (source.type === "file") return html`<span class="source" title=${about || nothing}>${symbol("file")}<span class="source-title" dir="auto">${source.title || source.filename}</span></span>`;
  const { id, title, label, group, interactive, data } = source;
  const picture = source.icon ? icon(source.icon) : symbol("link");
  const content = html`${picture}<span class="source-title" dir="auto">${label ?? title}</span>`;
  if (!interactive) return html`<span class="source" title=${about || nothing}>${content}</span>`;
  const entity: Entity = { id, title, interactive, ...(source.icon && { icon: source.icon }), ...(group !== undefined && { group }), data: data as Record<string, string> };
  return html`<button type="button" class="source" title=${about || nothing} @click=${() => context.openEntity(entity)}>${content}</button>`;
}

function linked(href: string, isLink: boolean, context: ViewContext, content: TemplateResult, about: string): TemplateResult {
  const isSafe = isLink && /^https?:$/.test(URL.parse(href)?.protocol ?? "");
  if (!isSafe) return html`<span class="source" title=${about || nothing}>${content}</span>`;
  const open = (event: Event) => context.openLink(href) && event.preventDefault();
  return html`<a class="source" href=${href} target="_blank" rel="noopener noreferrer" title=${about || nothing} @click=${open}>${content}</a>`;
}
