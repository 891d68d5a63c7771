import { html, type TemplateResult } from "lit";
import { fieldId, type Scope } from "../scope.ts";
import { styled } from "../styled.ts";
import { textClasses, textProperties } from "../text-look.ts";
import { oneOf, shownText, textOf, type Node } from "../values/index.ts";

export function label(node: Node, scope: Scope): TemplateResult {
  const name = textOf(node["fieldName"]) ?? "";
  const kind = `field-label ${textClasses(node, oneOf(node["size"], ["xs", "sm", "md", "lg", "xl"]) ?? "sm")}`;
  // A single field is labelled by `for`; a group of radio buttons by its `aria-labelledby`, which names this id.
  return html`<label class=${kind} id=${`${fieldId(scope, name)}-label`} for=${fieldId(scope, name)} dir="auto" ${styled(textProperties(node))}>${shownText(node["value"])}</label>`;
}

/** A field's name, and what a screen reader calls it (`said`): undefined if the widget has a `Label` for it. */
export function nameOf(node: Node, { state }: Scope): { name: string; said: string | undefined } {
  const name = textOf(node["name"]) ?? "";
  return { name, said: state.labelled.has(name) ? undefined : (textOf(node["placeholder"]) ?? name) };
}
