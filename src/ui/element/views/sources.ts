import type { Entity } from "@openai/chatkit";
import { html, nothing, type TemplateResult } from "lit";
import type { Source } from "../../../protocol/sources.ts";
import { icon } from "../icons/index.ts";
import { entityListeners, type ViewContext } from "./context.ts";
import { symbol } from "./symbol.ts";

/** The list of an answer's sources. */
export function sourcesView(sources: readonly Source[], context: ViewContext) {
  if (sources.length === 0) return nothing;
  return html`<div class="sources" role="group" aria-label=${context.say("sources")}>${sources.map((source) => sourceView(source, context))}</div>`;
}

/** Opens a source, as a click on its mark in the text does. */
export function openSource(source: Source, context: ViewContext): void {
  if (source.type === "url" && /^https?:$/.test(URL.parse(source.url)?.protocol ?? "")) window.open(source.url, "_blank", "noopener,noreferrer");
  else if (source.type === "entity" && source.interactive) context.openEntity(entityOf(source));
}

function entityOf({ id, title, icon: name, group, data }: Extract<Source, { type: "entity" }>): Entity {
  return { id, title, interactive: true, ...(name && { icon: name }), ...(group !== undefined && { group }), data: data as Record<string, string> };
}

/** @param source of an answer, or of a task that has searched */
export function sourceView(source: Source, context: ViewContext): TemplateResult {
  const about = [source.description, source.timestamp].filter(Boolean).join(" · ");
  if (source.type === "url") {
    const host = URL.parse(source.url)?.hostname.replace(/^www\./, "") ?? "";
    return linked(source.url, host !== "", context, html`${symbol("globe")}<span class="source-title" dir="auto">${source.title || host}</span>${host ? html`<span class="source-host">${source.attribution ?? host}</span>` : nothing}`, about);
  }
  if (source.type === "file") return html`<span class="source" title=${about || nothing}>${symbol("file")}<span class="source-title" dir="auto">${source.title || source.filename}</span></span>`;
  const { title, label, interactive } = source;
  const picture = source.icon ? icon(source.icon) : symbol("link");
  const content = html`${picture}<span class="source-title" dir="auto">${label ?? title}</span>`;
  if (!interactive) return html`<span class="source" title=${about || nothing}>${content}</span>`;
  const entity = entityOf(source);
  const { enter, leave } = entityListeners(entity, context);
  return html`<button type="button" class="source" title=${about || nothing} @click=${() => context.openEntity(entity)} @pointerenter=${enter} @focus=${enter} @pointerleave=${leave} @blur=${leave}>${content}</button>`;
}

function linked(href: string, isLink: boolean, context: ViewContext, content: TemplateResult, about: string): TemplateResult {
  const isSafe = isLink && /^https?:$/.test(URL.parse(href)?.protocol ?? "");
  if (!isSafe) return html`<span class="source" title=${about || nothing}>${content}</span>`;
  const open = (event: Event) => context.openLink(href) && event.preventDefault();
  return html`<a class="source" href=${href} target="_blank" rel="noopener noreferrer" title=${about || nothing} @click=${open}>${content}</a>`;
}
