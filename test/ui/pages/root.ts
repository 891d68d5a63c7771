import { css, type CSSResult } from "lit";

/** The properties that the element's theme sets, as it sets them by default. */
const tokens = css`
  :host {
    --background: light-dark(#fff, #1b1b1b);
    --foreground: light-dark(#171717, #ececec);
    --accent: var(--foreground);
    --on-accent: var(--background);
    --muted: color-mix(in oklab, var(--foreground) 66%, var(--background));
    --faint: color-mix(in oklab, var(--foreground) 60%, var(--background));
    --line: color-mix(in oklab, var(--foreground) 11%, var(--background));
    --line-strong: color-mix(in oklab, var(--foreground) 20%, var(--background));
    --quiet: color-mix(in oklab, var(--foreground) 4.5%, var(--background));
    --hover: color-mix(in oklab, var(--foreground) 7%, transparent);
    --raised: light-dark(#fff, #242424);
    --danger: light-dark(oklch(0.53 0.19 27), oklch(0.72 0.16 25));
    --warning: light-dark(oklch(0.5 0.11 70), oklch(0.8 0.13 80));
    --info: light-dark(oklch(0.5 0.13 250), oklch(0.75 0.11 245));
    --shadow-menu: 0 2px 6px oklch(0 0 0 / 0.06), 0 12px 40px oklch(0 0 0 / 0.14);
    --radius-control: 24px;
    --radius-surface: 28px;
    --font: "Inter Variable", sans-serif;
    --font-mono: monospace;
    --space: 1;
    display: block;
    padding: 16px;
    background: var(--background);
    color: var(--foreground);
    font: 16px / 1.6 var(--font);
    -webkit-font-smoothing: antialiased;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  input,
  textarea,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.001s !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0s !important;
    }
  }
`;

const main = document.body.appendChild(document.createElement("main"));
for (const name of ["h1", "h2", "h3"]) main.appendChild(document.createElement(name)).textContent = "Test";

export type Scheme = "light" | "dark";

/** A place in the page to render into, as the element is one: a shadow root that has adopted the styles. */
export function newRoot(scheme: Scheme, ...styles: (CSSResult | CSSResult[])[]): ShadowRoot {
  const host = main.appendChild(document.createElement("div"));
  host.className = scheme;
  host.style.colorScheme = scheme;
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [tokens, ...styles.flat()].map((style) => style.styleSheet!);
  return root;
}

/** The same letters on every machine. */
export async function loadTestFont(): Promise<void> {
  const face = new FontFace("Inter Variable", "url(/font.woff2)", { weight: "100 900" });
  document.fonts.add(await face.load());
}
