/** Icons of the element's own buttons, built in because the first screen needs them. None is fetched, and a page cannot name one. */
import { svg, type TemplateResult, html } from "lit";
import { symbolPaths } from "./symbol-paths.ts" with { type: "macro" };

const PATHS = symbolPaths();

export type SymbolName = keyof typeof PATHS;

export function symbol(name: SymbolName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${svg`<path d=${PATHS[name]}></path>`}</svg>`;
}

/** The square in a filled circle that stops an answer. */
export const stopSymbol = html`<svg class="icon filled" viewBox="0 0 24 24" aria-hidden="true"><rect x="6" y="6" width="12" height="12" rx="2.5"></rect></svg>`;
