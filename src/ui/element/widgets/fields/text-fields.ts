import { html, nothing, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { CONTROL_SIZES } from "../control-sizes.ts";
import { fieldId, type Scope } from "../scope.ts";
import { styled } from "../styled.ts";
import { countOf, oneOf, textOf, type Node, type Properties } from "../values/index.ts";
import { nameOf } from "./label.ts";
import { fits } from "./pattern.ts";

type Field = HTMLInputElement | HTMLTextAreaElement;

const INPUT_TYPES = ["text", "number", "email", "password", "tel", "url"] as const;
const GUTTERS = ["2xs", "xs", "sm", "md", "lg", "xl"] as const;
const MOST_ROWS = 60;

export function input(node: Node, scope: Scope): TemplateResult {
  const { name, said } = nameOf(node, scope);
  return html`<input
    class="entry ${look(node)}"
    id=${fieldId(scope, name)}
    data-field=${name}
    type=${oneOf(node["inputType"], INPUT_TYPES) ?? "text"}
    aria-label=${said ?? nothing}
    placeholder=${textOf(node["placeholder"]) ?? nothing}
    autocomplete=${node["allowAutofillExtensions"] === true ? nothing : "off"}
    ?data-1p-ignore=${node["allowAutofillExtensions"] !== true}
    ?data-lpignore=${node["allowAutofillExtensions"] !== true}
    ?required=${node["required"] === true}
    ?disabled=${node["disabled"] === true}
    .defaultValue=${textOf(node["defaultValue"]) ?? ""}
    ${behaviour(node, scope)}
  />`;
}

export function textarea(node: Node, scope: Scope): TemplateResult {
  const { name, said } = nameOf(node, scope);
  const rows = countOf(node["rows"], MOST_ROWS) ?? 3;
  const most = countOf(node["maxRows"], MOST_ROWS);
  const grows = node["autoResize"] !== false;
  const height = { "min-height": `calc(${rows}lh + 2 * var(--pad))`, "max-height": grows && most ? `calc(${Math.max(rows, most)}lh + 2 * var(--pad))` : undefined };
  return html`<textarea
    class="entry area ${look(node)} ${grows ? "growing" : ""}"
    id=${fieldId(scope, name)}
    data-field=${name}
    rows=${rows}
    aria-label=${said ?? nothing}
    placeholder=${textOf(node["placeholder"]) ?? nothing}
    autocomplete=${node["allowAutofillExtensions"] === true ? nothing : "off"}
    ?data-1p-ignore=${node["allowAutofillExtensions"] !== true}
    ?data-lpignore=${node["allowAutofillExtensions"] !== true}
    ?required=${node["required"] === true}
    ?disabled=${node["disabled"] === true}
    .defaultValue=${textOf(node["defaultValue"]) ?? ""}
    ${styled(height)}
    ${behaviour(node, scope)}
  ></textarea>`;
}

/** A `Text` that can be edited in place. */
export function editable(text: Node, given: Record<string, unknown>, scope: Scope, kind: string, properties: Properties): TemplateResult {
  const node = { ...given, type: "Text" };
  const { name, said } = nameOf(node, scope);
  return html`<textarea
    class="editable ${kind}"
    id=${fieldId(scope, name)}
    data-field=${name}
    rows="1"
    dir="auto"
    aria-label=${said ?? nothing}
    placeholder=${textOf(given["placeholder"]) ?? nothing}
    autocomplete=${textOf(given["autoComplete"]) ?? "off"}
    ?data-1p-ignore=${given["allowAutofillExtensions"] !== true}
    ?data-lpignore=${given["allowAutofillExtensions"] !== true}
    ?required=${given["required"] === true}
    .defaultValue=${textOf(text["value"]) ?? ""}
    ${styled(properties)}
    ${behaviour(node, scope)}
  ></textarea>`;
}

function look(node: Node): string {
  const gutter = oneOf(node["gutterSize"], GUTTERS);
  const pill = typeof node["pill"] === "boolean" ? (node["pill"] ? " round" : " square") : "";
  return `${oneOf(node["variant"], ["soft", "outline"]) ?? "outline"} size-${oneOf(node["size"], CONTROL_SIZES) ?? "lg"}${gutter ? ` gutter-${gutter}` : ""}${pill}`;
}

/** Checks the pattern, and focuses the field once if the widget asks for that. */
function behaviour(node: Node, scope: Scope): unknown {
  const pattern = textOf(node["pattern"]);
  const check = (field: Field) => field.setCustomValidity(fits(field.value, pattern) ? "" : scope.texts.wrongFormat);
  return ref((element) => {
    const field = element as (Field & { known?: true }) | undefined;
    if (!field) return;
    field.oninput = () => check(field);
    field.onfocus = () => node["autoSelect"] === true && field.select();
    check(field);
    if (field.known) return;
    field.known = true;
    // During the first rendering the field is not in the document yet.
    if (node["autoFocus"] === true) queueMicrotask(() => field.focus({ preventScroll: true }));
  });
}
