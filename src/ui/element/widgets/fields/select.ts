import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../../icons/index.ts";
import { run } from "../actions.ts";
import { CONTROL_SIZES, VARIANTS } from "../control-sizes.ts";
import { fieldId, type Scope } from "../scope.ts";
import { objectsOf, oneOf, textOf, type Node } from "../values/index.ts";
import { nameOf } from "./label.ts";

/** The browser's own select: nothing is better on a phone, and it can be searched by typing. */
export function select(node: Node, scope: Scope): TemplateResult {
  const { name, said } = nameOf(node, scope);
  const options = objectsOf(node["options"]);
  const chosen = textOf(node["defaultValue"]);
  const hasChoice = options.some((one) => textOf(one["value"]) === chosen);
  const isClearable = node["clearable"] === true;
  const change = (event: Event) => {
    const element = event.currentTarget as HTMLSelectElement;
    void run(scope, node["onChangeAction"], { path: scope.path, auto: "none", element, field: { name, value: element.value } });
  };
  const empty = html`<option value="" ?hidden=${!isClearable} .defaultSelected=${!hasChoice}>${textOf(node["placeholder"]) ?? (isClearable ? "–" : "")}</option>`;
  return html`<span class="select ${controlLook(node)}">
    <select id=${fieldId(scope, name)} data-field=${name} aria-label=${said ?? nothing} ?disabled=${node["disabled"] === true} @change=${change}>
      ${hasChoice && !isClearable ? nothing : empty}${options.map((one) => option(one, chosen))}
    </select>
    ${isClearable ? clear(node, scope) : nothing}${icon("lucide:chevron-down")}
  </span>`;
}

function option(one: Record<string, unknown>, chosen: string | undefined): TemplateResult {
  const value = textOf(one["value"]) ?? "";
  const [label, description] = [textOf(one["label"]) ?? value, textOf(one["description"])];
  return html`<option value=${value} ?disabled=${one["disabled"] === true} .defaultSelected=${value === chosen}>${description ? `${label} – ${description}` : label}</option>`;
}

/** Clears the choice, as if the empty option had been chosen. */
function clear(node: Node, { texts }: Scope): TemplateResult {
  const click = (event: Event) => {
    const field = (event.currentTarget as Element).parentElement!.querySelector("select")!;
    if (field.value === "") return;
    field.value = "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  };
  return html`<button type="button" class="clear" aria-label=${texts.clear} ?disabled=${node["disabled"] === true} @click=${click}>${icon("lucide:x")}</button>`;
}

export function controlLook(node: Node): string {
  const variant = oneOf(node["variant"], VARIANTS) ?? "outline";
  const pill = typeof node["pill"] === "boolean" ? (node["pill"] ? " round" : " square") : "";
  return `${variant} size-${oneOf(node["size"], CONTROL_SIZES) ?? "lg"}${pill}${node["block"] === true ? " block" : ""}`;
}
