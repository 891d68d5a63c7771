import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icons/index.ts";
import { imageSource } from "../markdown/links.ts";
import { run } from "./actions.ts";
import { button, submitted } from "./button.ts";
import { children } from "./children.ts";
import { axisOf } from "./layout.ts";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { background, borders, flowProperties, objectOf, oneOf, sides, textOf, type Node } from "./values/index.ts";

export function basic(node: Node, scope: Scope): TemplateResult {
  const axis = axisOf(node);
  return html`<div class="basic box axis-${axis}" data-theme=${themeOf(node)} ${styled(flowProperties(node))}>${children(node, scope, axis)}</div>`;
}

export function card(node: Node, scope: Scope): TemplateResult {
  const isCollapsed = node["collapsed"] === true;
  const isPlain = node["background"] === undefined || node["border"] !== undefined;
  const frame = isPlain ? borders(node["border"]) : { "border-color": "transparent" };
  const properties = { ...background(node["background"]), ...frame, ...sides("padding", node["padding"]) };
  const content = isCollapsed ? nothing : html`<div class="card-body box axis-col">${children(node, scope)}</div>${footer(node, scope)}`;
  const size = oneOf(node["size"], ["sm", "md", "lg", "full"]) ?? "md";
  const inside = html`${status(node["status"], scope)}${content}`;
  const theme = themeOf(node);
  const kind = `card size-${size}${isCollapsed ? " collapsed" : ""}`;
  if (node["asForm"] !== true) return html`<div class=${kind} data-theme=${theme} ${styled(properties)}>${inside}</div>`;
  const submit = (event: SubmitEvent) => {
    const { form, action } = submitted(event);
    void run(scope, objectOf(node["confirm"])?.["action"] ?? action, { path: scope.path, auto: "container", element: form });
  };
  return html`<form class=${kind} data-theme=${theme} ${styled(properties)} @submit=${submit}>${inside}</form>`;
}

/** The theme that a root chooses for itself; it may differ from that of what is around it. */
export function themeOf(node: Node): "light" | "dark" | typeof nothing {
  return oneOf(node["theme"], ["light", "dark"]) ?? nothing;
}

/** A line above a card or a list, with an icon or a site's favicon. */
export function status(value: unknown, { host }: Scope): TemplateResult | typeof nothing {
  const given = objectOf(value);
  const said = textOf(given?.["text"]);
  if (!given || said === undefined) return nothing;
  const favicon = imageSource(textOf(given["favicon"]) ?? "", host.allowedImageDomains);
  const name = textOf(given["icon"]);
  const picture = favicon ? html`<img class=${given["frame"] === true ? "framed" : ""} src=${favicon} alt="" referrerpolicy="no-referrer" />` : name ? icon(name) : nothing;
  return html`<div class="status">${picture}<span dir="auto">${said}</span></div>`;
}

function footer(node: Node, scope: Scope): TemplateResult | typeof nothing {
  const [confirm, cancel] = [objectOf(node["confirm"]), objectOf(node["cancel"])];
  if (!confirm && !cancel) return nothing;
  const of = (action: Record<string, unknown>, name: "confirm" | "cancel") => {
    const isSubmit = name === "confirm" && node["asForm"] === true;
    const onClickAction = { loadingBehavior: "container", ...withoutAuto(action["action"]) };
    const shown: Node = { type: "Button", label: action["label"], style: name === "confirm" ? "primary" : "secondary", submit: isSubmit, onClickAction };
    return button(shown, { ...scope, path: `${scope.path}/${name}` });
  };
  return html`<div class="card-footer">${cancel ? of(cancel, "cancel") : nothing}${confirm ? of(confirm, "confirm") : nothing}</div>`;
}

function withoutAuto(action: unknown): Record<string, unknown> {
  const { loadingBehavior, ...rest } = objectOf(action) ?? {};
  return loadingBehavior === undefined || loadingBehavior === "auto" ? rest : { ...rest, loadingBehavior };
}
