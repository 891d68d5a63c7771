import type { Entity } from "@openai/chatkit";
import { html, nothing, type TemplateResult } from "lit";
import type { Attachment } from "../../../protocol/attachments.ts";
import type { AssistantMessageItem, UserMessageItem } from "../../../protocol/items.ts";
import type { InputTag } from "../../../protocol/input.ts";
import { isLocal } from "../thread/state.ts";
import { markedSource, sourcesOf, withMarks } from "./citations.ts";
import { entityListeners, type ItemProps, type ViewContext } from "./context.ts";
import { richText } from "./rich-text.ts";
import { openSource, sourcesView } from "./sources.ts";
import { symbol } from "./symbol.ts";

export function userMessageView(item: UserMessageItem, { context }: ItemProps): TemplateResult {
  const pictures = item.attachments.filter(({ type }) => type === "image");
  const files = item.attachments.filter(({ type }) => type !== "image");
  const hasText = item.content.some(({ text }) => text !== "");
  return html`<article class="message user ${isLocal(item) ? "local" : ""}">
    <h3 class="said-only">${context.say("you")}</h3>
    ${item.quoted_text ? html`<blockquote class="quoted" dir="auto">${symbol("quote")}<span>${item.quoted_text}</span></blockquote>` : nothing}
    ${item.attachments.length > 0 ? html`<div class="attachments">${[...pictures, ...files].map(attachmentView)}</div>` : nothing}
    ${hasText ? html`<div class="bubble" dir="auto">${item.content.map((part) => (part.type === "input_tag" ? tagView(part, context) : part.text))}</div>` : nothing}
  </article>`;
}

function attachmentView(attachment: Attachment): TemplateResult {
  if (attachment.type === "image") return html`<img class="picture" src=${attachment.preview_url} alt=${attachment.name} loading="lazy" decoding="async" />`;
  return html`<span class="file">${symbol("file")}<span class="upload-name" dir="auto">${attachment.name}</span></span>`;
}

function tagView({ id, text, group, data, interactive }: InputTag, context: ViewContext): TemplateResult {
  if (!interactive) return html`<span class="tag">@${text}</span>`;
  const entity: Entity = { id, title: text, interactive, ...(group !== undefined && { group }), data: data as Record<string, string> };
  const { enter, leave } = entityListeners(entity, context);
  return html`<button type="button" class="tag" @click=${() => context.openEntity(entity)} @pointerenter=${enter} @focus=${enter} @pointerleave=${leave} @blur=${leave}>@${text}</button>`;
}

export function assistantMessageView(item: AssistantMessageItem, { state, isLive, context }: ItemProps): TemplateResult {
  const imageDomains = state.head?.allowed_image_domains;
  const last = item.content.length - 1;
  const sources = sourcesOf(item.content.flatMap(({ annotations }) => annotations));
  const onClick = (event: Event) => {
    const source = markedSource((event.target as Element).closest("a[href]")?.getAttribute("href") ?? "", sources);
    if (!source) return;
    event.preventDefault();
    event.stopPropagation();
    openSource(source, context);
  };
  return html`<article class="message assistant" @click=${{ handleEvent: onClick, capture: true }}>
    <h3 class="said-only">${context.say("assistant")}</h3>
    ${item.content.map(({ text, annotations }, index) => (text === "" ? nothing : richText(withMarks(text, annotations, sources), { context, imageDomains, isStreaming: isLive && index === last })))}
    ${isLive ? nothing : sourcesView(sources, context)}
  </article>`;
}
