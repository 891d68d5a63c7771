import { html, type TemplateResult } from "lit";
import { icon } from "../icons/index.ts";
import { imageSource } from "../markdown/links.ts";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { background, blockProperties, colour, oneOf, shownText, TEXT_COLOURS, textOf, type Node } from "./values/index.ts";

const POSITIONS = ["top left", "top", "top right", "left", "center", "right", "bottom left", "bottom", "bottom right"] as const;

export function badge(node: Node): TemplateResult {
  const colour = oneOf(node["color"], ["secondary", "success", "danger", "warning", "info", "discovery"]) ?? "secondary";
  const variant = oneOf(node["variant"], ["solid", "soft", "outline"]) ?? "soft";
  const size = oneOf(node["size"], ["sm", "md", "lg"]) ?? "sm";
  return html`<span class="badge of-${colour} ${variant} size-${size} ${node["pill"] === true ? "round" : ""}" dir="auto">${shownText(node["label"])}</span>`;
}

export function iconView(node: Node): TemplateResult {
  const size = oneOf(node["size"], ["xs", "sm", "md", "lg", "xl", "2xl", "3xl"]) ?? "md";
  return html`<span class="icon-box size-${size}" ${styled({ color: colour(node["color"], TEXT_COLOURS) })}>${icon(textOf(node["name"]) ?? "")}</span>`;
}

/** An image that may not be fetched keeps its place, and says what it would show. */
export function imageView(node: Node, { host, texts }: Scope): TemplateResult {
  const source = imageSource(textOf(node["src"]) ?? "", host.allowedImageDomains);
  const alt = textOf(node["alt"]) ?? "";
  const kind = `image${node["frame"] === true ? " framed" : ""}${node["flush"] === true ? " flush" : ""}`;
  const look = {
    ...blockProperties(node),
    ...background(node["background"]),
    "object-fit": oneOf(node["fit"], ["cover", "contain", "fill", "scale-down", "none"]),
    "object-position": oneOf(node["position"], POSITIONS),
  };
  if (source) return html`<img class=${kind} src=${source} alt=${alt} loading="lazy" decoding="async" referrerpolicy="no-referrer" ${styled(look)} />`;
  return html`<span class="${kind} not-loaded" role="img" aria-label=${alt || texts.imageNotLoaded} title=${alt || texts.imageNotLoaded} ${styled(look)}>${icon("square-image")}</span>`;
}
