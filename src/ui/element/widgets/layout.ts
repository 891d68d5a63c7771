import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { run } from "./actions.ts";
import { submitted } from "./button.ts";
import { children } from "./children.ts";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { boxProperties, childrenOf, colour, length, LINES, space, textOf, type Node } from "./values/index.ts";

/** `Box`, `Row`, `Col`, and every component of an unknown type. */
export function box(node: Node, scope: Scope): TemplateResult {
  const axis = axisOf(node);
  return html`<div class="box axis-${axis} ${node.type === "Row" ? "centred" : ""}" ${styled(boxProperties(node))}>${children(node, scope, axis)}</div>`;
}

export function axisOf(node: Node): "row" | "col" {
  return node.type === "Row" || (node.type !== "Col" && node["direction"] === "row") ? "row" : "col";
}

/** A form checks its fields before it is submitted; the browser reports invalid ones in its own language. */
export function form(node: Node, scope: Scope): TemplateResult {
  const axis = axisOf(node);
  const submit = (event: SubmitEvent) => {
    const element = submitted(event);
    const action = node["onSubmitAction"] ?? element.action;
    void run(scope, action, { path: scope.path, auto: "container", element: element.form });
  };
  return html`<form class="box form axis-${axis}" ${styled(boxProperties(node))} @submit=${submit}>${children(node, scope, axis)}</form>`;
}

export function spacer(node: Node, { axis }: Scope): TemplateResult {
  return html`<div class="spacer" ${styled({ [axis === "row" ? "min-width" : "min-height"]: length(node["minSize"]) })}></div>`;
}

export function divider(node: Node, { axis }: Scope): TemplateResult {
  const isUpright = axis === "row";
  const properties = {
    "--thickness": length(node["size"]),
    "--divider": colour(node["color"], LINES),
    [isUpright ? "margin-inline" : "margin-block"]: space(node["spacing"]),
  };
  const kind = `divider${isUpright ? " upright" : ""}${node["flush"] === true ? " flush" : ""}`;
  return html`<div class=${kind} role="separator" aria-orientation=${isUpright ? "vertical" : "horizontal"} ${styled(properties)}></div>`;
}

/** Fades in what replaces something else. */
export function transition(node: Node, scope: Scope): TemplateResult {
  const child = childrenOf(node)[0];
  const identity = child ? `${child.type} ${textOf(child["key"]) ?? textOf(child["id"]) ?? ""}` : "";
  return html`${keyed(identity, html`<div class="transition">${children(node, scope, scope.axis, child ? [child] : [])}</div>`)}`;
}
