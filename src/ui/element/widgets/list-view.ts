import { html, nothing, type TemplateResult } from "lit";
import { run } from "./actions.ts";
import { children } from "./children.ts";
import { status, themeOf } from "./roots.ts";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { childrenOf, countOf, flowProperties, type Node } from "./values/index.ts";

/** How many items a list with the limit `auto` shows at first. */
const AUTO_LIMIT = 6;

export function listView(node: Node, scope: Scope): TemplateResult {
  const items = childrenOf(node);
  const limit = node["limit"] === "auto" ? AUTO_LIMIT : (countOf(node["limit"], items.length) ?? items.length);
  const isWhole = items.length <= limit || scope.state.isOpened(scope.path);
  const more = html`<button type="button" class="show-more" @click=${() => scope.state.open(scope.path)}>${scope.texts.showMore}</button>`;
  return html`<div class="card list size-full" data-theme=${themeOf(node)}>
    ${status(node["status"], scope)}
    <ul>
      ${children(node, scope, "col", isWhole ? items : items.slice(0, limit))}
    </ul>
    ${isWhole ? nothing : more}
  </div>`;
}

/** A button behind the row's content covers the whole row, so that buttons and fields in the row work by themselves. */
export function listItem(node: Node, scope: Scope): TemplateResult {
  const { path, state, texts } = scope;
  const id = `${state.id}-${encodeURIComponent(path)}`;
  const click = (event: Event) => void run(scope, node["onClickAction"], { path, auto: "self", element: event.currentTarget as Element });
  const isWaiting = state.isWaiting(path);
  const cover = html`<button type="button" class="cover" aria-labelledby=${id} @click=${click}></button>`;
  return html`<li class="list-row ${isWaiting ? "waiting" : ""}" aria-busy=${isWaiting ? "true" : nothing}>
    ${node["onClickAction"] ? cover : nothing}
    <div id=${id} class="item-body box axis-row centred" ${styled(flowProperties(node))}>${children(node, scope, "row")}</div>
    ${isWaiting ? html`<span class="spinner" role="img" aria-label=${texts.loading}></span>` : nothing}
  </li>`;
}
