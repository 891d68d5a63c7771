import { html, nothing, type TemplateResult } from "lit";
import { renderMarkdown } from "../markdown/index.ts";
import { editable } from "./fields/index.ts";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { MOST_LINES, textClasses, textProperties } from "./text-look.ts";
import { countOf, length, objectOf, oneOf, shownText, textOf, type Node } from "./values/index.ts";

const TEXT_SIZES = ["xs", "sm", "md", "lg", "xl"] as const;
const TITLE_SIZES = ["sm", "md", "lg", "xl", "2xl", "3xl", "4xl", "5xl"] as const;

export function text(node: Node, scope: Scope): TemplateResult {
  const given = objectOf(node["editable"]);
  const lines = countOf(node["minLines"], MOST_LINES);
  const more = { width: length(node["width"]), "min-height": lines ? `${lines}lh` : undefined };
  const kind = `text ${textClasses(node, oneOf(node["size"], TEXT_SIZES) ?? "md")}${node["italic"] === true ? " italic" : ""}${node["lineThrough"] === true ? " struck" : ""}`;
  const properties = { ...textProperties(node), ...more };
  if (given && textOf(given["name"]) !== undefined) return editable(node, given, scope, kind, properties);
  const isGrowing = node["streaming"] === true;
  return html`<div class=${kind} dir="auto" aria-busy=${isGrowing ? "true" : nothing} ${styled(properties)}>${shownText(node["value"])}</div>`;
}

export function title(node: Node): TemplateResult {
  const kind = `headline ${textClasses(node, oneOf(node["size"], TITLE_SIZES) ?? "md")}`;
  return html`<div class=${kind} dir="auto" ${styled(textProperties(node))}>${shownText(node["value"])}</div>`;
}

export function caption(node: Node): TemplateResult {
  const kind = `caption ${textClasses(node, oneOf(node["size"], ["sm", "md", "lg"]) ?? "md")}`;
  return html`<div class=${kind} dir="auto" ${styled(textProperties(node))}>${shownText(node["value"])}</div>`;
}

export function markdownView(node: Node, { host }: Scope): TemplateResult {
  const options = { streaming: node["streaming"] === true, allowedImageDomains: host.allowedImageDomains, texts: host.markdownTexts };
  return html`<div class="prose">${renderMarkdown(textOf(node["value"]) ?? "", options)}</div>`;
}
