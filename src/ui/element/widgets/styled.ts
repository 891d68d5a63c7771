import { nothing, type ElementPart } from "lit";
import { Directive, directive, PartType, type PartInfo } from "lit/directive.js";
import type { Properties } from "./values/index.ts";

/**
 * Sets style properties one by one, by script: a content security policy against inline styles allows that, and a value cannot end its
 * property and begin another. Lit's own `styleMap` writes them as markup in the first rendering.
 */
class Styled extends Directive {
  #set = new Map<string, string>();

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error("styled() stands in a tag");
  }

  override render(_properties: Properties): unknown {
    return nothing;
  }

  override update({ element }: ElementPart, [properties]: [Properties]): unknown {
    const { style } = element as HTMLElement;
    for (const name of this.#set.keys()) {
      if (properties[name] !== undefined) continue;
      style.removeProperty(name);
      this.#set.delete(name);
    }
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || this.#set.get(name) === value) continue;
      style.setProperty(name, value);
      this.#set.set(name, value);
    }
    return nothing;
  }
}

export const styled = directive(Styled);
