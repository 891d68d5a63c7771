import { html, nothing, type TemplateResult } from "lit";
import { run } from "../actions.ts";
import { fieldId, type Scope } from "../scope.ts";
import { objectsOf, textOf, type Node } from "../values/index.ts";
import { nameOf } from "./label.ts";

export function checkbox(node: Node, scope: Scope): TemplateResult {
  const { name, said } = nameOf(node, scope);
  const label = textOf(node["label"]);
  const change = (event: Event) => {
    const element = event.currentTarget as HTMLInputElement;
    void run(scope, node["onChangeAction"], { path: scope.path, auto: "none", element, field: { name, value: element.checked } });
  };
  const box = html`<input
    type="checkbox"
    id=${fieldId(scope, name)}
    data-field=${name}
    aria-label=${label ? nothing : (said ?? nothing)}
    ?required=${node["required"] === true}
    ?disabled=${node["disabled"] === true}
    .defaultChecked=${node["defaultChecked"] === true}
    @change=${change}
  />`;
  return html`<label class="option">${box}${label ? html`<span dir="auto">${label}</span>` : nothing}</label>`;
}

export function radioGroup(node: Node, scope: Scope): TemplateResult {
  const { name, said } = nameOf(node, scope);
  const id = fieldId(scope, name);
  const options = objectsOf(node["options"]);
  const change = (event: Event) => {
    const element = event.target as HTMLInputElement;
    void run(scope, node["onChangeAction"], { path: scope.path, auto: "none", element, field: { name, value: element.value } });
  };
  const option = (one: Record<string, unknown>, index: number) => html`<label class="option">
    <input
      type="radio"
      id=${index === 0 ? id : nothing}
      data-field=${name}
      name=${`${id} ${scope.path}`}
      value=${textOf(one["value"]) ?? ""}
      ?required=${node["required"] === true}
      ?disabled=${node["disabled"] === true || one["disabled"] === true}
      .defaultChecked=${textOf(one["value"]) === textOf(node["defaultValue"])}
    />
    <span dir="auto">${textOf(one["label"]) ?? textOf(one["value"])}</span>
  </label>`;
  return html`<div
    class="radios ${node["direction"] === "col" ? "axis-col" : "axis-row"}"
    role="radiogroup"
    aria-label=${textOf(node["ariaLabel"]) ?? said ?? nothing}
    aria-labelledby=${node["ariaLabel"] === undefined && said === undefined ? `${id}-label` : nothing}
    @change=${change}
  >
    ${options.map(option)}
  </div>`;
}
