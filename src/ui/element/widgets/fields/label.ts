/** What the person fills in, each field by its name. A field never sends itself: an action gathers the fields of its form. */
import { html, type TemplateResult } from "lit";
import { oneOf, shownText, textOf, type Node } from "../node.ts";
import { fieldId, type Scope } from "../scope.ts";
import { styled } from "../styled.ts";
import { textClasses, textProperties } from "../text-look.ts";

export function label(node: Node, scope: Scope): TemplateResult {
  const name = textOf(node["fieldName"]) ?? "";
  const kind = `field-label ${textClasses(node, oneOf(node["size"], ["xs", "sm", "md", "lg", "xl"]) ?? "sm")}`;
  // By `for` for a field, by its own id for what is made of several fields.
  return html`<label class=${kind} id=${`${fieldId(scope, name)}-label`} for=${fieldId(scope, name)} dir="auto" ${styled(textProperties(node))}>${shownText(node["value"])}</label>`;
}

/** What a field is called: by its `Label`, or else by the best that can be said. */
export function nameOf(node: Node, { state }: Scope): { name: string; said: string | undefined } {
  const name = textOf(node["name"]) ?? "";
  return { name, said: state.labelled.has(name) ? undefined : (textOf(node["placeholder"]) ?? name) };
}
