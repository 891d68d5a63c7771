import { html, nothing, type TemplateResult } from "lit";
import { children } from "./children.ts";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { childrenOf, countOf, length, oneOf, sides, type Node } from "./values/index.ts";

const MOST_SPANNED = 1000;

export function table(node: Node, scope: Scope): TemplateResult {
  const rows = childrenOf(node);
  const isHead = (one: Node) => one["header"] === true;
  const body = rows.findIndex((one) => !isHead(one));
  const head = body < 0 ? rows : rows.slice(0, body);
  return html`<div class="table-box" role="group" tabindex="0">
    <table>
      ${head.length > 0 ? html`<thead>${children(node, scope, "row", head)}</thead>` : nothing}
      <tbody>
        ${children(node, scope, "row", rows.slice(head.length))}
      </tbody>
    </table>
  </div>`;
}

export function row(node: Node, scope: Scope): TemplateResult {
  const isHead = node["header"] === true;
  const cells = childrenOf(node).map((one) => (isHead ? { ...one, header: true } : one));
  return html`<tr>
    ${children(node, scope, "row", cells)}
  </tr>`;
}

export function cell(node: Node, scope: Scope): TemplateResult {
  const size = oneOf(node["colSize"], ["xs", "sm", "md", "lg", "xl"]);
  const properties = { width: length(node["width"]), ...sides("padding", node["padding"]) };
  const kind = `cell ${size ? `column-${size}` : ""} align-${oneOf(node["align"], ["start", "center", "end"]) ?? "start"} rise-${oneOf(node["vAlign"], ["start", "center", "end"]) ?? "center"}`;
  const [across, down] = [countOf(node["colSpan"], MOST_SPANNED) ?? nothing, countOf(node["rowSpan"], MOST_SPANNED) ?? nothing];
  const content = html`<div class="box axis-col">${children(node, scope)}</div>`;
  return node["header"] === true
    ? html`<th scope="col" class=${kind} colspan=${across} rowspan=${down} ${styled(properties)}>${content}</th>`
    : html`<td class=${kind} colspan=${across} rowspan=${down} ${styled(properties)}>${content}</td>`;
}
