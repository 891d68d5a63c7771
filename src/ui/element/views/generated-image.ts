import { html, nothing, type TemplateResult } from "lit";
import type { GeneratedImageItem } from "../../../protocol/items.ts";
import type { ItemProps } from "./context.ts";

/** A picture that a model generates, as far as it has come. */
export function imageView({ image, id }: GeneratedImageItem, { isLive, state, context: { say } }: ItemProps): TemplateResult {
  const progress = state.imageProgress.get(id);
  return html`<figure class="generated ${isLive ? "live" : ""}">
    ${image ? html`<img src=${image.url} alt=${say("image")} decoding="async" referrerpolicy="no-referrer" />` : html`<div class="blank"></div>`}
    ${isLive ? html`<figcaption><progress max="1" value=${progress ?? nothing} aria-label=${say("makingImage")}></progress><span class="shimmer">${say("makingImage")}</span></figcaption>` : nothing}
  </figure>`;
}
