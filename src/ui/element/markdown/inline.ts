import { html } from "lit";
import { icon } from "../icons/index.ts";
import { imageSource, linkTarget } from "./links.ts";
import { formula } from "./formula.ts";
import type { Look } from "./options.ts";
import type { Node } from "./parse.ts";
import { rawHtml } from "./raw-markup.ts";

const LINE_BREAK = /^<br\s*\/?>$/i;

/** Inline content: text, emphasis, links, images. */
export function inline(nodes: readonly Node[], look: Look): unknown {
  const hasMarkup = nodes.some(({ type, token }) => type === "html_inline" && !LINE_BREAK.test(token.content));
  return hasMarkup ? rawHtml(nodes, look) : nodes.map((node) => (INLINE[node.type] ?? asText)(node, look));
}

const INLINE: Record<string, (node: Node, look: Look) => unknown> = {
  softbreak: () => "\n",
  hardbreak: () => html`<br />`,
  html_inline: () => html`<br />`,
  em: ({ children }, look) => html`<em>${inline(children, look)}</em>`,
  strong: ({ children }, look) => html`<strong>${inline(children, look)}</strong>`,
  s: ({ children }, look) => html`<s>${inline(children, look)}</s>`,
  code_inline: ({ token }) => html`<code dir="ltr">${token.content}</code>`,
  math_inline: ({ token }) => formula(token.content, token.markup === "block"),
  link,
  image,
};

function asText({ token }: Node): unknown {
  return token.content;
}

function link({ token, children }: Node, look: Look): unknown {
  const target = linkTarget(String(token.attrGet("href") ?? ""));
  const text = inline(children, look);
  return target ? html`<a href=${target} target="_blank" rel="noopener noreferrer nofollow">${text}</a>` : text;
}

function image({ token, children }: Node, look: Look): unknown {
  const address = String(token.attrGet("src") ?? "");
  const source = imageSource(address, look.imageDomains);
  const alt = children.map((child) => child.token.content).join("");
  if (source) return html`<img src=${source} alt=${alt} loading="lazy" decoding="async" referrerpolicy="no-referrer" />`;
  const said = html`${icon("square-image")}<span>${alt || look.texts.imageNotLoaded}</span>`;
  const target = linkTarget(address);
  // An image from another host is not fetched: the reader gets a link, and decides whether to open it.
  return target
    ? html`<a class="unloaded" href=${target} target="_blank" rel="noopener noreferrer nofollow" title=${look.texts.imageNotLoaded}>${said}</a>`
    : html`<span class="unloaded">${said}</span>`;
}
