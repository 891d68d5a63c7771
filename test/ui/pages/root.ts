import type { CSSResult } from "lit";
import { baseStyles } from "../../../src/ui/element/theme/base-styles.ts";
import { themeOf } from "../../../src/ui/element/theme/theme.ts";

const main = document.body.appendChild(document.createElement("main"));
for (const name of ["h1", "h2", "h3"]) main.appendChild(document.createElement(name)).textContent = "Test";

export type Scheme = "light" | "dark";

/** A place in the page to render into, as the element is one: a shadow root with the theme's properties that has adopted the styles. */
export function newRoot(scheme: Scheme, ...styles: (CSSResult | CSSResult[])[]): ShadowRoot {
  const host = main.appendChild(document.createElement("div"));
  host.className = scheme;
  host.dataset["scheme"] = scheme;
  const { properties } = themeOf({ colorScheme: scheme, typography: { fontFamily: "Inter Variable" } });
  for (const [name, value] of Object.entries({ ...properties, padding: "16px" })) host.style.setProperty(name, value);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [baseStyles, ...styles.flat()].map((style) => style.styleSheet!);
  return root;
}

/** The same letters on every machine. */
export async function loadTestFont(): Promise<void> {
  const face = new FontFace("Inter Variable", "url(/font.woff2)", { weight: "100 900" });
  document.fonts.add(await face.load());
}
