import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icons/index.ts";
import { run } from "./actions.ts";
import { CONTROL_SIZES, VARIANTS } from "./control-sizes.ts";
import type { Scope } from "./scope.ts";
import { oneOf, textOf, type Node } from "./values/index.ts";

const COLOURS = ["primary", "secondary", "info", "discovery", "success", "caution", "warning", "danger"] as const;
const ICON_SIZES = ["sm", "md", "lg", "xl", "2xl"] as const;
/** The actions of submit buttons, for forms that have none of their own. */
const ownActions = new WeakMap<Element, unknown>();

export function button(node: Node, scope: Scope): TemplateResult {
  const { state, path, texts } = scope;
  const isWaiting = state.isWaiting(path);
  const isSubmit = node["submit"] === true;
  const [start, end, label] = [textOf(node["iconStart"]), textOf(node["iconEnd"]), textOf(node["label"])];
  const click = (event: Event) => {
    const element = event.currentTarget as HTMLButtonElement;
    if (isSubmit && element.form) ownActions.set(element, node["onClickAction"]);
    else void run(scope, node["onClickAction"], { path, auto: "self", element });
  };
  // Without a label, the icon's name is what a screen reader says.
  const said = label || !(start ?? end) ? nothing : (start ?? end)!.replace(/^\w+:/, "").replaceAll("-", " ");
  return html`<button
    type=${isSubmit ? "submit" : "button"}
    class="button ${look(node)} ${label ? "" : "bare"}"
    ?disabled=${node["disabled"] === true}
    aria-label=${said}
    aria-busy=${isWaiting ? "true" : nothing}
    @click=${click}
  >
    ${isWaiting ? html`<span class="spinner" role="img" aria-label=${texts.loading}></span>` : start ? icon(start) : nothing}
    ${label ? html`<span class="label" dir="auto">${label}</span>` : nothing}${end && !(isWaiting && !label && !start) ? icon(end) : nothing}
  </button>`;
}

function look(node: Node): string {
  const isPrimary = node["style"] === "primary";
  const colour = oneOf(node["color"], COLOURS) ?? (isPrimary ? "primary" : "secondary");
  const variant = oneOf(node["variant"], VARIANTS) ?? (node["style"] === "secondary" ? "outline" : "solid");
  const iconSize = oneOf(node["iconSize"], ICON_SIZES);
  const parts = [`of-${colour}`, variant, `size-${oneOf(node["size"], CONTROL_SIZES) ?? "lg"}`, iconSize ? `icons-${iconSize}` : ""];
  if (typeof node["pill"] === "boolean") parts.push(node["pill"] ? "round" : "square");
  return [...parts, node["uniform"] === true ? "uniform" : "", node["block"] === true ? "block" : ""].join(" ");
}

/** A submitted, valid form, and the action of the button that submitted it. */
export function submitted(event: SubmitEvent): { form: HTMLFormElement; action: unknown } {
  event.preventDefault();
  // A form inside another one is submitted alone.
  event.stopPropagation();
  const { submitter, currentTarget } = event;
  return { form: currentTarget as HTMLFormElement, action: submitter ? ownActions.get(submitter) : undefined };
}
